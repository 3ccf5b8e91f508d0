# Short commands for what is done often: `just check`. Each line can be typed as it stands.

# Format and lints, in the profile of the tests
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --release -- -D warnings

# All tests, on the embedded broker
test:
    cargo test --workspace --release

# The pictures in docs/images, of the real window
pictures:
    cargo build --release
    scripts/window pictures

# docs/reference/cli.md and schemas/, from the program's definition of its options
cli-docs:
    cargo run --release --example cli_docs -- target/cli-docs
    cp -r target/cli-docs/cli.md target/cli-docs/schemas docs/reference/

# The benchmark against Kafka's own tools, three rounds
cross-check:
    scripts/cross-check 3

# Packages of a release build, in target/packages
package:
    scripts/package

# Everything that must pass before a change is merged
ci:
    .ci/run
