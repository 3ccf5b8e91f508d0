//! Names of client properties: librdkafka's, Java's, and what may be said of a name that is neither.
//!
//! A damaged line can have a secret where its name should be, so that an unknown name is repeated only where it cannot
//! hold one.

use crate::model::client_settings::is_secret;

/// Properties of librdkafka 2.12 (`rdkafka_conf.c`).
const LIBRDKAFKA: [&str; 167] = [
    "client.id",
    "client.software.name",
    "client.software.version",
    "metadata.broker.list",
    "bootstrap.servers",
    "message.max.bytes",
    "message.copy.max.bytes",
    "receive.message.max.bytes",
    "max.in.flight.requests.per.connection",
    "max.in.flight",
    "metadata.recovery.strategy",
    "metadata.recovery.rebootstrap.trigger.ms",
    "metadata.request.timeout.ms",
    "topic.metadata.refresh.interval.ms",
    "metadata.max.age.ms",
    "topic.metadata.refresh.fast.interval.ms",
    "topic.metadata.refresh.fast.cnt",
    "topic.metadata.refresh.sparse",
    "topic.metadata.propagation.max.ms",
    "topic.blacklist",
    "debug",
    "socket.timeout.ms",
    "socket.blocking.max.ms",
    "socket.send.buffer.bytes",
    "socket.receive.buffer.bytes",
    "socket.keepalive.enable",
    "socket.nagle.disable",
    "socket.max.fails",
    "broker.address.ttl",
    "broker.address.family",
    "socket.connection.setup.timeout.ms",
    "connections.max.idle.ms",
    "enable.sparse.connections",
    "reconnect.backoff.jitter.ms",
    "reconnect.backoff.ms",
    "reconnect.backoff.max.ms",
    "statistics.interval.ms",
    "log.queue",
    "log.thread.name",
    "enable.random.seed",
    "log.connection.close",
    "internal.termination.signal",
    "api.version.request",
    "api.version.request.timeout.ms",
    "api.version.fallback.ms",
    "broker.version.fallback",
    "allow.auto.create.topics",
    "security.protocol",
    "ssl.cipher.suites",
    "ssl.curves.list",
    "ssl.sigalgs.list",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.ca.location",
    "https.ca.location",
    "https.ca.pem",
    "ssl.ca.pem",
    "ssl.ca.certificate.stores",
    "ssl.crl.location",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.providers",
    "ssl.engine.location",
    "ssl.engine.id",
    "enable.ssl.certificate.verification",
    "ssl.endpoint.identification.algorithm",
    "sasl.mechanisms",
    "sasl.mechanism",
    "sasl.kerberos.service.name",
    "sasl.kerberos.principal",
    "sasl.kerberos.kinit.cmd",
    "sasl.kerberos.keytab",
    "sasl.kerberos.min.time.before.relogin",
    "sasl.username",
    "sasl.password",
    "sasl.oauthbearer.config",
    "enable.sasl.oauthbearer.unsecure.jwt",
    "sasl.oauthbearer.method",
    "sasl.oauthbearer.client.id",
    "sasl.oauthbearer.client.credentials.client.id",
    "sasl.oauthbearer.client.credentials.client.secret",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.scope",
    "sasl.oauthbearer.extensions",
    "sasl.oauthbearer.token.endpoint.url",
    "sasl.oauthbearer.grant.type",
    "sasl.oauthbearer.assertion.algorithm",
    "sasl.oauthbearer.assertion.private.key.file",
    "sasl.oauthbearer.assertion.private.key.passphrase",
    "sasl.oauthbearer.assertion.private.key.pem",
    "sasl.oauthbearer.assertion.file",
    "sasl.oauthbearer.assertion.claim.aud",
    "sasl.oauthbearer.assertion.claim.exp.seconds",
    "sasl.oauthbearer.assertion.claim.iss",
    "sasl.oauthbearer.assertion.claim.jti.include",
    "sasl.oauthbearer.assertion.claim.nbf.seconds",
    "sasl.oauthbearer.assertion.claim.sub",
    "sasl.oauthbearer.assertion.jwt.template.file",
    "sasl.oauthbearer.metadata.authentication.type",
    "plugin.library.paths",
    "test.mock.num.brokers",
    "test.mock.broker.rtt",
    "group.id",
    "group.instance.id",
    "partition.assignment.strategy",
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "group.protocol.type",
    "group.protocol",
    "group.remote.assignor",
    "coordinator.query.interval.ms",
    "max.poll.interval.ms",
    "enable.auto.commit",
    "auto.commit.interval.ms",
    "enable.auto.offset.store",
    "queued.min.messages",
    "queued.max.messages.kbytes",
    "fetch.wait.max.ms",
    "fetch.queue.backoff.ms",
    "fetch.message.max.bytes",
    "max.partition.fetch.bytes",
    "fetch.max.bytes",
    "fetch.min.bytes",
    "fetch.error.backoff.ms",
    "offset.store.method",
    "isolation.level",
    "enable.partition.eof",
    "check.crcs",
    "client.rack",
    "transactional.id",
    "transaction.timeout.ms",
    "enable.idempotence",
    "enable.gapless.guarantee",
    "queue.buffering.max.messages",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.ms",
    "linger.ms",
    "message.send.max.retries",
    "retries",
    "retry.backoff.ms",
    "retry.backoff.max.ms",
    "queue.buffering.backpressure.threshold",
    "compression.codec",
    "compression.type",
    "batch.num.messages",
    "batch.size",
    "delivery.report.only.error",
    "sticky.partitioning.linger.ms",
    "client.dns.lookup",
    "enable.metrics.push",
    "request.required.acks",
    "acks",
    "request.timeout.ms",
    "message.timeout.ms",
    "delivery.timeout.ms",
    "queuing.strategy",
    "produce.offset.report",
    "partitioner",
    "compression.level",
    "auto.commit.enable",
    "auto.offset.reset",
    "offset.store.path",
    "offset.store.sync.interval.ms",
    "consume.callback.max.messages",
];

/// Properties of the Java clients for which librdkafka has another name.
const JAVA_TRANSLATED: [&str; 9] = [
    "fetch.max.wait.ms",
    "receive.buffer.bytes",
    "send.buffer.bytes",
    "max.request.size",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
    "ssl.truststore.certificates",
    "ssl.truststore.location",
    "sasl.jaas.config",
];

/// Properties of the Java clients (Kafka 4.1, and some of former versions), of their serializers and of Kafka Streams that
/// librdkafka has no equal of.
const JAVA_ONLY: [&str; 90] = [
    "schema.registry.url",
    "schema.registry.basic.auth.user.info",
    "schema.registry.basic.auth.credentials.source",
    "basic.auth.credentials.source",
    "basic.auth.user.info",
    "bearer.auth.token",
    "bearer.auth.credentials.source",
    "bootstrap.controllers",
    "buffer.memory",
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.zstd.level",
    "default.api.timeout.ms",
    "exclude.internal.topics",
    "interceptor.classes",
    "internal.leave.group.on.close",
    "internal.throw.on.fetch.stable.offset.unsupported",
    "key.deserializer",
    "key.serializer",
    "max.block.ms",
    "max.poll.records",
    "metadata.max.idle.ms",
    "metric.reporters",
    "metrics.num.samples",
    "metrics.recording.level",
    "metrics.sample.window.ms",
    "partitioner.adaptive.partitioning.enable",
    "partitioner.availability.timeout.ms",
    "partitioner.class",
    "partitioner.ignore.keys",
    "sasl.client.callback.handler.class",
    "sasl.kerberos.ticket.renew.jitter",
    "sasl.kerberos.ticket.renew.window.factor",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.login.connect.timeout.ms",
    "sasl.login.read.timeout.ms",
    "sasl.login.refresh.buffer.seconds",
    "sasl.login.refresh.min.period.seconds",
    "sasl.login.refresh.window.factor",
    "sasl.login.refresh.window.jitter",
    "sasl.login.retry.backoff.max.ms",
    "sasl.login.retry.backoff.ms",
    "sasl.oauthbearer.assertion.template.file",
    "sasl.oauthbearer.clock.skew.seconds",
    "sasl.oauthbearer.expected.audience",
    "sasl.oauthbearer.expected.issuer",
    "sasl.oauthbearer.header.urlencode",
    "sasl.oauthbearer.jwks.endpoint.refresh.ms",
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms",
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms",
    "sasl.oauthbearer.jwks.endpoint.url",
    "sasl.oauthbearer.jwt.retriever.class",
    "sasl.oauthbearer.jwt.validator.class",
    "sasl.oauthbearer.scope.claim.name",
    "sasl.oauthbearer.sub.claim.name",
    "security.providers",
    "share.acknowledgement.mode",
    "socket.connection.setup.timeout.max.ms",
    "ssl.enabled.protocols",
    "ssl.engine.factory.class",
    "ssl.keymanager.algorithm",
    "ssl.keystore.type",
    "ssl.protocol",
    "ssl.provider",
    "ssl.secure.random.implementation",
    "ssl.trustmanager.algorithm",
    "ssl.truststore.password",
    "ssl.truststore.type",
    "transaction.two.phase.commit.enable",
    "value.deserializer",
    "value.serializer",
    "auto.include.jmx.reporter",
    "block.on.buffer.full",
    "metadata.fetch.timeout.ms",
    "timeout.ms",
    "auto.register.schemas",
    "use.latest.version",
    "use.schema.id",
    "latest.compatibility.strict",
    "normalize.schemas",
    "specific.avro.reader",
    "key.subject.name.strategy",
    "value.subject.name.strategy",
    "application.id",
    "commit.interval.ms",
    "state.dir",
    "num.stream.threads",
    "default.key.serde",
    "default.value.serde",
];

/// Beginnings of names of the schema registry's clients, of interceptors and of frameworks.
const JAVA_ONLY_PREFIXES: [&str; 9] = [
    "schema.registry.",
    "basic.auth.",
    "bearer.auth.",
    "confluent.",
    "avro.",
    "json.",
    "spring.",
    "metrics.context.",
    "client.assertion.",
];

/// A name is repeated whole only up to this length.
const SHOWN_LEN_MAX: usize = 64;
/// Letters that a misspelt name may differ in.
const TYPO_MAX: usize = 2;

/// Whether librdkafka has the property.
pub(super) fn is_of_librdkafka(name: &str) -> bool {
    LIBRDKAFKA.contains(&name)
}

/// Whether only Java programs have the property, and nothing here corresponds to it.
pub(super) fn is_of_java_only(name: &str) -> bool {
    JAVA_ONLY.contains(&name) || JAVA_ONLY_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The name of such a property, as far as it cannot hold a secret.
pub(super) fn shown(name: &str) -> String {
    let prefix = JAVA_ONLY_PREFIXES.iter().find(|prefix| name.starts_with(**prefix));
    match prefix.filter(|_| !JAVA_ONLY.contains(&name)) {
        Some(prefix) => format!("{prefix}…"),
        None => name.to_owned(),
    }
}

/// Whether anything is known about the property.
pub(super) fn is_known(name: &str) -> bool {
    is_of_librdkafka(name) || is_of_java_only(name) || JAVA_TRANSLATED.contains(&name)
}

/// Whether the property's value may be repeated in messages.
pub(crate) fn is_harmless(name: &str) -> bool {
    is_of_librdkafka(name) && !is_secret(name)
}

/// What is said about a property that does not exist.
pub(crate) fn no_such_property(name: &str) -> String {
    let nearest = known().map(|known| (distances(known, name).0, known)).min();
    let typo_max = if name.contains('.') { TYPO_MAX } else { 1 };
    match nearest {
        Some((distance, known)) if distance <= typo_max => {
            format!("there is no property {name}; did you mean {known}?")
        }
        _ if can_be_shown(name) => format!("there is no property {name}"),
        _ => "there is no property of that name (not shown, since it may hold a secret)".to_owned(),
    }
}

fn known() -> impl Iterator<Item = &'static str> {
    LIBRDKAFKA.into_iter().chain(JAVA_TRANSLATED).chain(JAVA_ONLY)
}

/// Whether the name looks like a property's and not like a secret, or like one that has run into the name before it.
fn can_be_shown(name: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let has_shape = name.len() <= SHOWN_LEN_MAX && name.contains('.') && name.split('.').all(is_word);
    let mut secrets = known().filter(|known| is_secret(known));
    has_shape && !secrets.any(|secret| distances(secret, name).1 <= TYPO_MAX)
}

/// The edit distance (Levenshtein's) between both, and the smallest between `known` and any beginning of `given`.
fn distances(known: &str, given: &str) -> (usize, usize) {
    let known = known.as_bytes();
    if given.len() > 2 * SHOWN_LEN_MAX {
        return (usize::MAX, usize::MAX);
    }
    let mut row: Vec<usize> = (0..=known.len()).collect();
    let mut of_beginning = known.len();
    for (index, given) in given.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (place, known) in known.iter().enumerate() {
            let substituted = diagonal + usize::from(*known != given);
            diagonal = row[place + 1];
            row[place + 1] = substituted.min(diagonal + 1).min(row[place] + 1);
        }
        of_beginning = of_beginning.min(row[known.len()]);
    }
    (row[known.len()], of_beginning)
}

#[cfg(test)]
mod tests {
    use rdkafka::config::ClientConfig;
    use rdkafka::error::KafkaError;
    use rdkafka::types::RDKafkaConfRes;

    use super::*;

    #[test]
    fn librdkafka_has_what_is_listed_as_its_own() {
        for name in LIBRDKAFKA {
            let set = ClientConfig::new().set(name, "no such value").create_native_config();
            let is_unknown = matches!(&set, Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)));
            assert!(!is_unknown, "{name}");
        }
        for name in JAVA_ONLY.into_iter().chain(JAVA_TRANSLATED) {
            assert!(ClientConfig::new().set(name, "1").create_native_config().is_err(), "{name} is librdkafka's too");
        }
    }

    #[test]
    fn a_typo_is_named_and_what_may_be_a_secret_is_not() {
        assert!(no_such_property("sasl.pasword").contains("sasl.pasword; did you mean sasl.password?"));
        assert!(no_such_property("batch.sise").contains("did you mean batch.size?"));
        assert!(no_such_property("no.such.property").contains("no.such.property"));
        for name in
            ["hunter", "sasl.passwordhunter", "sasl.paswordhunter", "Hunter2.x", "sasl.password.hunter", "a.hunter2"]
        {
            let message = no_such_property(name);
            assert!(!message.to_lowercase().contains("hunter"), "{message}");
        }
    }
}
