//! Kafka Image Bench.
