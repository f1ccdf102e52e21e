//! Scripts of Slurm.

use super::order::{Order, Script, word};

/// Times that a worker is queued again: against a piece of work that no worker's time suffices for.
const RESTARTS: u32 = 50;

pub(super) fn scripts(order: &Order) -> Vec<Script> {
    let Order { program, workers, cpus, memory, minutes, .. } = order;
    let run = order.run_word();
    let lines = |name: &str, log: &str| {
        format!(
            "#!/bin/bash\n\
             #SBATCH --job-name={name}\n\
             #SBATCH --cpus-per-task={cpus}\n\
             #SBATCH --mem={memory}G\n\
             #SBATCH --time={minutes}\n\
             #SBATCH --open-mode=append\n\
             #SBATCH --output=\"{}\"\n",
            order.file(log)
        )
    };
    let work = format!(
        "{}#SBATCH --array=1-{workers}\n\
         #SBATCH --signal=B:TERM@90\n\
         #SBATCH --requeue\n\
         # Slurm sends TERM to this shell 90 s before the time is over; the worker then ends with 75 if\n\
         # work is left, and the task is queued again.\n\
         trap 'told=yes; kill -TERM \"$worker\" 2>/dev/null' TERM\n\
         {program} work {run} --jobs {cpus} --quiet &\n\
         worker=$!\n\
         wait \"$worker\"\n\
         code=$?\n\
         # The signal ends the first wait before the worker does.\n\
         if [ \"${{told:-no}}\" = yes ]; then\n    \
         wait \"$worker\"\n    \
         code=$?\n\
         fi\n\
         if [ \"$code\" = 75 ] && [ \"${{SLURM_RESTART_COUNT:-0}}\" -lt {RESTARTS} ]; then\n    \
         # This ends the task here.\n    \
         scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}\" && sleep 60\n\
         fi\n\
         exit \"$code\"\n",
        lines("phantom-limit", "worker-%a.log")
    );
    let conclude =
        format!("{}{program} conclude {run}\n", lines("phantom-limit-conclude", "conclude.log"));
    // The conclusion names what is missing where workers could not finish.
    let begin = format!(
        "#!/bin/sh\n\
         set -e\n\
         workers=$(sbatch --parsable {})\n\
         workers=${{workers%%;*}}\n\
         conclusion=$(sbatch --parsable --dependency=afterany:\"$workers\" {})\n\
         echo \"workers: job $workers; conclusion: job ${{conclusion%%;*}}\"\n",
        word(&order.file("work.sbatch")),
        word(&order.file("conclude.sbatch")),
    );
    vec![
        Script { name: "work.sbatch", text: work },
        Script { name: "conclude.sbatch", text: conclude },
        Script { name: "slurm.sh", text: begin },
    ]
}
