//! Against a cluster with SASL_SSL, where `KIB_TEST_SECURE_BOOTSTRAP` and its companions name one.

use std::fs;

use crate::bench::{Bench, finish, program};

pub struct Secured {
    pub servers: String,
    pub allowed: String,
    allowed_java: String,
    denied: String,
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
    assert!(wrong.stderr.contains("uthentication failed"), "{wrong:?}");
    assert!(!format!("{wrong:?}").contains("not-the-password"), "a password was repeated");

    let without = config.lines().filter(|line| !line.starts_with("ssl.ca")).map(|line| format!("{line}\n")).collect();
    let unknown = stream(&bench, &cluster.servers, &changed("unknown", without), "u").expect_code(1);
    assert!(unknown.stderr.contains("certificate"), "{unknown:?}");

    let plain = stream(&bench, &cluster.servers, &changed("plain", String::new()), "p").expect_code(1);
    assert!(plain.stderr.contains("security.protocol"), "{plain:?}");
}
