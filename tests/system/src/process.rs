//! The processes of the stack's functions, found through Linux's `/proc`; and how to kill one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::stack::Stack;

/// Established, in `/proc/net/tcp`.
const ESTABLISHED: &str = "01";

/// The ids of the processes that run a function of this stack, and of no other one.
pub fn of_function(stack: &Stack, function: &str) -> Vec<u32> {
    let launcher = launcher(stack);
    let name = format!("AWS_LAMBDA_FUNCTION_NAME={}-{function}", stack.about.stack_name);
    let runs = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == name.as_bytes())
    };
    all().into_iter().filter(|pid| parent(*pid) == Some(launcher)).filter(runs).collect()
}

/// Which of the processes have a connection to a port of this machine.
pub fn connected_to(processes: &[u32], port: u16) -> Vec<u32> {
    processes.iter().copied().filter(|pid| !sockets_to(*pid, port).is_disjoint(&open_sockets(*pid))).collect()
}

/// Kills a process, as a crash of its machine would; `false` when it is gone already.
pub fn kill(pid: u32) -> bool {
    let output = Command::new("kill").args(["-9", &pid.to_string()]).output();
    output.is_ok_and(|output| output.status.success())
}

/// The process that starts the functions.
fn launcher(stack: &Stack) -> u32 {
    let file = stack.folder.join("process.json");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let about: Value = serde_json::from_str(&text).expect("process.json is JSON");
    about["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).expect("a process id")
}

fn all() -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("a /proc");
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name, which stands in brackets and may hold anything: the state, then the parent.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The inodes of the established connections to a port.
fn sockets_to(pid: u32, port: u16) -> BTreeSet<String> {
    let table = fs::read_to_string(format!("/proc/{pid}/net/tcp")).unwrap_or_default();
    table.lines().skip(1).filter_map(|line| socket_to(line, port)).collect()
}

/// The inode of a line of `/proc/net/tcp` that is an established connection to a port.
fn socket_to(line: &str, port: u16) -> Option<String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (remote, state, inode) = (fields.get(2)?, fields.get(3)?, fields.get(9)?);
    let is_to_port = remote.ends_with(&format!(":{port:04X}"));
    (is_to_port && *state == ESTABLISHED).then(|| (*inode).to_owned())
}

fn open_sockets(pid: u32) -> BTreeSet<String> {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return BTreeSet::new() };
    files.flatten().filter_map(|file| inode(&fs::read_link(file.path()).ok()?)).collect()
}

fn inode(target: &Path) -> Option<String> {
    let text = target.to_str()?.strip_prefix("socket:[")?;
    text.strip_suffix(']').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table_of_connections() {
        let line = "  1: 0100007F:B5A2 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  0  0 91234 1 0 20 4 30";
        assert_eq!(socket_to(line, 8080), Some("91234".to_owned()));
        assert_eq!(socket_to(line, 8081), None);
        assert_eq!(socket_to(&line.replace(" 01 ", " 06 "), 8080), None);
        assert_eq!(inode(Path::new("socket:[91234]")), Some("91234".to_owned()));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_with_a_connection_is_found() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = std::process::id();
        assert_eq!(connected_to(&[own], port), [0; 0]);
        let _connection = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert_eq!(connected_to(&[own], port), [own]);
        assert!(parent(own).is_some() && all().contains(&own));
    }
}
