//! Scripts of HyperQueue.

use super::order::{Order, Script};

pub(super) fn scripts(order: &Order) -> Vec<Script> {
    let Order { program, workers, cpus, memory, .. } = order;
    let run = order.run_word();
    let text = format!(
        "#!/bin/sh\n\
         set -e\n\
         job=$(hq --output-mode quiet submit --array 1-{workers} --cpus {cpus} \\\n    \
         --resource mem={memory}Gi -- {program} work {run} --jobs {cpus} --quiet)\n\
         hq job wait \"$job\" || true\n\
         # The conclusion names what is missing where workers could not finish.\n\
         hq submit --cpus {cpus} --wait -- {program} conclude {run}\n"
    );
    vec![Script { name: "hyperqueue.sh", text }]
}
