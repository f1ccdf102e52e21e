//! Jobs of Kubernetes.

use super::order::{Order, Script};

/// Times that a worker is begun again.
const RESTARTS: u32 = 50;

pub(super) fn scripts(order: &Order) -> Vec<Script> {
    let Order { workers, cpus, memory, image, claim, .. } = order;
    let run = &order.run.display().to_string();
    // A JSON string is one of YAML too.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let pod = |command: &str| {
        format!(
            "      restartPolicy: Never\n      \
             containers:\n        \
             - name: phantom-limit\n          \
             image: {}\n          \
             command: [\"sh\", \"-c\", {command}]\n          \
             resources:\n            \
             requests: {{cpu: \"{cpus}\", memory: {memory}G}}\n            \
             limits: {{memory: {memory}G}}\n          \
             volumeMounts:\n            \
             - {{name: run, mountPath: {}}}\n      \
             volumes:\n        \
             - name: run\n          \
             persistentVolumeClaim: {{claimName: {}}}\n",
            quoted(image),
            quoted(run),
            quoted(claim)
        )
    };
    let work =
        quoted(&format!("exec phantom-limit work {} --jobs {cpus} --quiet", order.run_word()));
    // The conclusion is begun with the workers, and ends with 75 until they are done.
    let conclude = quoted(&format!(
        "while :; do code=0; phantom-limit conclude {} || code=$?; [ $code = 75 ] || exit $code; \
         sleep 60; done",
        order.run_word()
    ));
    let text = format!(
        "# The volume must be writable by several nodes (ReadWriteMany).\n\
         apiVersion: batch/v1\n\
         kind: Job\n\
         metadata:\n  \
         name: phantom-limit-work\n\
         spec:\n  \
         completions: {workers}\n  \
         parallelism: {workers}\n  \
         completionMode: Indexed\n  \
         backoffLimitPerIndex: {RESTARTS}\n  \
         podFailurePolicy:\n    \
         rules:\n      \
         # Bad input, or a node that does not fit the plan: again would not help.\n      \
         - action: FailIndex\n        \
         onExitCodes: {{operator: In, values: [2]}}\n  \
         template:\n    \
         spec:\n{}\
         ---\n\
         apiVersion: batch/v1\n\
         kind: Job\n\
         metadata:\n  \
         name: phantom-limit-conclude\n\
         spec:\n  \
         backoffLimit: 3\n  \
         template:\n    \
         spec:\n{}",
        pod(&work),
        pod(&conclude)
    );
    vec![Script { name: "kubernetes.yaml", text }]
}
