//! What the process that composes templates may use.

use std::time::Duration;

/// The memory that it may have, including its stacks.
pub const MEMORY: usize = 1 << 30;

/// The memory as the allocator counts it, where the operating system has no effective limit: a Windows job object needs
/// code that this program forbids, and macOS ignores the limit.
#[cfg(not(target_os = "linux"))]
#[global_allocator]
static ALLOCATOR: cap::Cap<std::alloc::System> = cap::Cap::new(std::alloc::System, usize::MAX);

/// The CPU seconds that one template may take, in case the process that should stop it is gone.
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
        lower(Resource::Core, 0); // a template that ends this process is reported; a core file would not help
    }
}

/// Allows the CPU time for one more template.
pub fn allow_more_time() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).tv_sec;
        let wanted = u64::try_from(used).unwrap_or_default() + SECONDS;
        let maximum = getrlimit(Resource::Cpu).maximum;
        let current = Some(maximum.map_or(wanted, |maximum| wanted.min(maximum)));
        let _ = setrlimit(Resource::Cpu, Rlimit { current, maximum }); // the waiting process has a clock as well
    }
}

/// The CPU time of a process, if the system provides it.
pub fn worked(process: u32) -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        let path = std::path::PathBuf::from(format!("/proc/{process}/stat"));
        let stat = psalink::source::plain_file::read_to_string(&path, 4096).ok()?;
        // The program name is in parentheses, and may contain anything.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut ticks = || fields.next()?.parse::<u64>().ok();
        let all = ticks()? + ticks()?; // in user mode and in kernel mode
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
