//! Against a cluster with SASL_SSL, if `KIB_TEST_SECURE_BOOTSTRAP` and related variables are set.

use std::fs;

use crate::bench::{Bench, finish, program};

pub struct Secured {
    pub servers: String,
    pub allowed: String,
    allowed_java: String,
    pub denied: String,
}

pub fn secured() -> Option<Secured> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let servers = variable("KIB_TEST_SECURE_BOOTSTRAP")?;
    let file = |name: &str| variable(name).unwrap_or_else(|| panic!("{name} is not set"));
    Some(Secured {
        servers,
        allowed: file("KIB_TEST_SECURE_CONFIG"),
        allowed_java: file("KIB_TEST_SECURE_JAVA_CONFIG"),
        denied: file("KIB_TEST_SECURE_CONFIG_DENIED"),
    })
}

fn stream(bench: &Bench, servers: &str, config: &str, work: &str) -> crate::bench::Finished {
    let mut command = program();
    command.args(["--headless", "--output-format", "json", "stream", "--bootstrap-server", servers]);
    command.args(["--command-config", config, "--broker-timeout", "10", "--topic", &bench.topic]);
    command.args(["--group", &bench.group, "--input"]).arg(bench.input()).arg("--work-dir").arg(bench.work(work));
    finish(command.output().unwrap())
}

#[test]
fn both_kinds_of_properties_files_open_a_secured_cluster() {
    let Some(cluster) = secured() else { return };
    let bench = Bench::new();
    bench.write_images(10);
    for (config, work) in [(&cluster.allowed, "a"), (&cluster.allowed_java, "b")] {
        stream(&bench, &cluster.servers, config, work).expect_code(0);
        bench.assert_all_saved(work, 10);
    }
}

#[test]
fn what_is_wrong_with_the_credentials_is_said() {
    let Some(cluster) = secured() else { return };
    let bench = Bench::new();
    bench.write_images(1);
    let denied = stream(&bench, &cluster.servers, &cluster.denied, "d").expect_code(1);
    assert!(denied.stderr.contains("authorization"), "{denied:?}");

    let config = fs::read_to_string(&cluster.allowed).unwrap();
    let password = config.lines().find_map(|line| line.strip_prefix("sasl.password=")).unwrap();
    let changed = |name: &str, text: String| {
        let path = bench.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let wrong = changed("wrong", config.replace(password, "not-the-password"));
    let wrong = stream(&bench, &cluster.servers, &wrong, "w").expect_code(1);
    assert!(wrong.stderr.contains("wrong user name or password"), "{wrong:?}");
    assert!(wrong.stderr.contains("uthentication failed"), "{wrong:?}");
    assert!(!wrong.stderr.contains("No broker answers"), "it is not tried again: {wrong:?}");
    assert!(!format!("{wrong:?}").contains("not-the-password"), "a password was repeated");

    let without = config.lines().filter(|line| !line.starts_with("ssl.ca")).map(|line| format!("{line}\n")).collect();
    let unknown = stream(&bench, &cluster.servers, &changed("unknown", without), "u").expect_code(1);
    assert!(unknown.stderr.contains("certificate"), "{unknown:?}");

    let plain = stream(&bench, &cluster.servers, &changed("plain", String::new()), "p").expect_code(1);
    assert!(plain.stderr.contains("security.protocol"), "{plain:?}");
}

/// The topic exists, and this user has no permission for it.
#[test]
fn a_missing_acl_is_said_at_once_and_as_such() {
    let Some(cluster) = secured() else { return };
    let bench = Bench::new();
    bench.write_images(2);
    stream(&bench, &cluster.servers, &cluster.allowed, "a").expect_code(0);
    let input = bench.input();
    let input = ["--input", input.to_str().unwrap()];
    let topic = ["--topic", &bench.topic];
    let group = ["--group", &bench.group];
    let commands = [
        ("stream", [&topic[..], &group, &input].concat()),
        ("produce", [&topic[..], &input].concat()),
        ("consume", [&topic[..], &group].concat()),
        ("lag", [&topic[..], &group].concat()),
        ("lag", group.to_vec()),
        ("browse", topic.to_vec()),
        ("benchmark", input.to_vec()),
    ];
    for (command, options) in commands {
        let mut program = program();
        program.args(["--headless", command, "--bootstrap-server", &cluster.servers, "--broker-timeout", "100"]);
        program.args(["--command-config", &cluster.denied]).args(options);
        if !matches!(command, "lag" | "browse") {
            program.arg("--work-dir").arg(bench.work(command));
        }
        let started = std::time::Instant::now();
        let run = finish(program.output().unwrap()).expect_code(1);
        assert!(run.stderr.contains("this user may not") && run.stderr.contains("authorization"), "{command}: {run:?}");
        assert!(!run.stderr.contains("does not exist"), "{command}: {run:?}");
        assert!(started.elapsed().as_secs() < 60, "{command}: {:?}", started.elapsed());
    }
}
