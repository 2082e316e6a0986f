//! Runs work on all cores, and returns the results in the order of the jobs.
//!
//! rayon returns ordered results only when the last one is done. Here each is taken when its turn comes, so that a run
//! over ten thousand templates prints from the start, and only some results wait in memory.

use std::collections::VecDeque;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How many results per thread may wait for an earlier one.
const AHEAD: usize = 64;

/// Runs `work` for each job in `0..jobs`, and passes the results to `take`, one at a time and in order. Each thread has
/// its own worker.
///
/// # Errors
///
/// The threads cannot be started; then nothing is done.
pub fn run<W, T: Send>(
    threads: usize,
    jobs: usize,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> T + Sync,
    take: impl FnMut(usize, T) + Send,
) -> io::Result<()> {
    let line = QueueState { jobs, started: 0, taken: 0, results: VecDeque::new(), waiting: 0, take };
    let queue = Queue { line: Mutex::new(line), limit: AHEAD * threads, moved: Condvar::new() };
    let go_on = || {
        let _stop = StopOnPanic(&queue);
        let mut worker = worker();
        let mut done = None;
        while let Some(job) = queue.next(done.take()) {
            done = Some((job, work(&mut worker, job)));
        }
    };
    thread::scope(|scope| {
        let mut line = queue.lock();
        for _ in 1..threads {
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, go_on) {
                line.jobs = 0;
                return Err(error);
            }
        }
        drop(line);
        go_on();
        Ok(())
    })
}

struct Queue<T, F> {
    line: Mutex<QueueState<T, F>>,
    limit: usize,
    /// Notifies waiting threads that a result was taken.
    moved: Condvar,
}

struct QueueState<T, F> {
    jobs: usize,
    /// How many jobs have been started.
    started: usize,
    /// How many results were taken.
    taken: usize,
    /// The results after those, as far as they are done.
    results: VecDeque<Option<T>>,
    /// How many threads are waiting.
    waiting: usize,
    take: F,
}

impl<T, F: FnMut(usize, T)> Queue<T, F> {
    /// Delivers a result, and returns the next job.
    fn next(&self, done: Option<(usize, T)>) -> Option<usize> {
        let mut line = self.lock();
        if let Some((job, result)) = done {
            line.put(job, result);
            if line.waiting > 0 {
                self.moved.notify_all();
            }
        }
        // One slow job must not make the results of all others pile up.
        while line.started < line.jobs && line.started - line.taken >= self.limit {
            line.waiting += 1;
            line = self.moved.wait(line).unwrap_or_else(PoisonError::into_inner);
            line.waiting -= 1;
        }
        let job = line.started;
        line.started += usize::from(job < line.jobs);
        (job < line.jobs).then_some(job)
    }
}

impl<T, F> Queue<T, F> {
    fn lock(&self) -> MutexGuard<'_, QueueState<T, F>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, F: FnMut(usize, T)> QueueState<T, F> {
    fn put(&mut self, job: usize, result: T) {
        let index = job - self.taken;
        if self.results.len() <= index {
            self.results.resize_with(index + 1, || None);
        }
        self.results[index] = Some(result);
        while let Some(result) = self.results.front_mut().and_then(Option::take) {
            self.results.pop_front();
            (self.take)(self.taken, result);
            self.taken += 1;
        }
    }
}

/// Ends the wait for the result of a thread that panicked.
struct StopOnPanic<'a, T, F>(&'a Queue<T, F>);

impl<T, F> Drop for StopOnPanic<'_, T, F> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lock().jobs = 0;
            self.0.moved.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whichever_worker_is_slow() {
        for threads in [1, 2, 5] {
            let mut taken = Vec::new();
            let work = |count: &mut usize, job: usize| {
                *count += 1;
                if job.is_multiple_of(97) {
                    thread::sleep(std::time::Duration::from_millis(3));
                }
                job * 2
            };
            run(threads, 1000, || 0, work, |job, result| taken.push((job, result))).unwrap();
            assert_eq!(taken, (0..1000).map(|job| (job, job * 2)).collect::<Vec<_>>());
        }
        run(3, 0, || (), |(), _| unreachable!(), |_, ()| ()).unwrap();
    }

    #[test]
    fn a_panic_is_passed_on() {
        let ran = std::panic::catch_unwind(|| run(2, 1000, || (), |(), job| assert_ne!(job, 5), |_, ()| ()));
        assert!(ran.is_err());
    }
}
