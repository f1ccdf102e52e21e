//! A Snakefile.

use super::order::{Order, Script};

/// Times that a worker is begun again when its time is over, or when its node is lost.
const RETRIES: u32 = 50;

/// A string of Python, whose braces the rules' shell texts do not read.
fn literal(text: &str) -> String {
    format!("{:?}", text.replace('{', "{{").replace('}', "}}"))
}

pub(super) fn scripts(order: &Order) -> Vec<Script> {
    let Order { program, workers, cpus, memory, minutes, .. } = order;
    let run = order.run_word();
    let done = |name: &str| literal(&order.file(name));
    let shell = |command: &str| literal(&format!("{program} {command}"));
    // A worker ends before it is ended, where there is time for that.
    let most = minutes.saturating_sub(2).max(1);
    let megabytes = u64::from(*memory) * 1000;
    let text = format!(
        "# Workers take what is to be done; a worker that ends with 75 is begun again.\n\
         WORKERS = range({workers})\n\
         DONE = {} + \"/worker-{{worker}}.done\"\n\n\
         rule conclude:\n    \
         input: expand(DONE, worker=WORKERS)\n    \
         output: touch({})\n    \
         threads: {cpus}\n    \
         resources: mem_mb={megabytes}, runtime={minutes}\n    \
         shell: {}\n\n\
         rule work:\n    \
         output: touch(DONE)\n    \
         threads: {cpus}\n    \
         retries: {RETRIES}\n    \
         resources: mem_mb={megabytes}, runtime={minutes}\n    \
         shell: {} + \" --start {{wildcards.worker}}/{workers}\"\n",
        literal(&order.run.join(super::order::FOLDER).display().to_string()),
        done("concluded"),
        shell(&format!("conclude {run}")),
        shell(&format!("work {run} --jobs {cpus} --max-time {most}m --quiet")),
    );
    vec![Script { name: "Snakefile", text }]
}
