use super::*;
use crate::benchmark::plan::RunLength;
use crate::broker::{self, DataPlace};
use crate::run::cancellation::Cancellation;
use crate::run::context::RunContext;

#[test]
fn a_run_that_fails_leaves_no_member_behind() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    std::fs::create_dir(&input).unwrap();
    std::fs::write(input.join("a.gif"), b"GIF89a\x01\x00\x01\x00\x00\x00\x00;").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let broker = broker::serve(([127, 0, 0, 1], 0).into(), &DataPlace::Memory, runtime.handle()).unwrap();
    let context = Arc::new(RunContext::new(Arc::new(|_| {})));
    let plan = BenchmarkPlan { input, work_dir: folder.path().join("work"), ..BenchmarkPlan::default() };
    let servers = &broker.bootstrap_servers;
    let timeout = Duration::from_secs(30);
    let control = Control::new(&context, servers, &plan.client, timeout, runtime.handle().clone()).unwrap();
    // With fewer partitions than the configuration has, so that not all offsets can be asked for.
    control.ensure_topic("too-few", 1, || Ok::<_, ClientError>(1_000_000)).unwrap();
    let run = BenchmarkRun {
        context: &context,
        configuration: &plan.configurations[0],
        index: 0,
        name: "too-few".to_owned(),
        order: 1,
        repeat: 1,
        rate_per_s: None,
        length: RunLength::Images(10),
        stop: Cancellation::default(),
    };
    let value_bytes = ValueBytes { smallest: 100, largest: 1_000 };
    let setup = RunSetup::new(&run, &plan, (servers, BrokerKind::Embedded), value_bytes);
    let result = carry_out(&setup, || PipelineRun::start(&setup, &[]));
    let reason = result.map(|_| ()).unwrap_err().to_string();
    let probe = GroupProbe::new(&context, &setup.consumer).unwrap();
    assert_eq!(probe.other_members(0).unwrap_or(0), 0, "a consumer still polls after: {reason}");
    assert!(!context.stop.is_requested(), "the benchmark continues");
    drop((probe, control));
    context.stop.request();
    broker.stop();
}
