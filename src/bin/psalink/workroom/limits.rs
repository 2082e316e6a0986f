//! What the process that puts templates together may use.

use std::time::Duration;

/// The memory that it may have, with its stacks.
pub const MEMORY: usize = 1 << 30;

/// The memory as the allocator counts it, where the system has no limit that holds: a job object of Windows needs code
/// that this program forbids, and macOS ignores the limit that it is given.
#[cfg(not(target_os = "linux"))]
#[global_allocator]
static ALLOCATOR: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, usize::MAX);

/// Seconds of work that one template may take, in case the process that should stop it is gone.
#[cfg(unix)]
const SECONDS: u64 = 30;

/// Sets the limits of this process. If one cannot be set, the limits that the parent process watches still apply.
pub fn set() {
    #[cfg(not(target_os = "linux"))]
    let _ = ALLOCATOR.set_limit(MEMORY);
    #[cfg(unix)]
    {
        use rustix::process::Resource;
        #[cfg(target_os = "linux")]
        lower(Resource::As, MEMORY as u64);
        lower(Resource::Core, 0); // a template that ends this process is reported; a core file would be of no use
    }
}

/// Allows work on one more template.
pub fn allow_more_time() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).tv_sec;
        let wanted = u64::try_from(used).unwrap_or_default() + SECONDS;
        let maximum = getrlimit(Resource::Cpu).maximum;
        let current = Some(maximum.map_or(wanted, |maximum| wanted.min(maximum)));
        let _ = setrlimit(Resource::Cpu, Rlimit { current, maximum }); // the one who waits has a clock as well
    }
}

/// How long a process has worked, if the system provides it.
pub fn worked(process: u32) -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        let path = std::path::PathBuf::from(format!("/proc/{process}/stat"));
        let stat = psalink::source::plain_file::read_to_string(&path, 4096).ok()?;
        // The name of the program is in parentheses, and may contain anything.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut ticks = || fields.next()?.parse::<u64>().ok();
        let all = ticks()? + ticks()?; // of the program, and of the system for it
        Some(Duration::from_millis(all * 1000 / rustix::param::clock_ticks_per_second().max(1)))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = process;
        None
    }
}

#[cfg(unix)]
fn lower(resource: rustix::process::Resource, limit: u64) {
    use rustix::process::{Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(resource).maximum.map_or(limit, |maximum| limit.min(maximum));
    let _ = setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) });
}
