//! Shows whether the broker answers.

use super::settings::BrokerSettings;
use super::state::BrokerStatus;
use crate::gui::action::Action;
use crate::gui::notices::Banner;
use crate::gui::session::Session;
use crate::gui::widgets::message::Severity;
use kafka_image_bench_core::broker::BrokerKind;

/// During a run the snapshot shows whether the broker answers.
pub fn follow_run(session: &mut Session) {
    if session.run.activity.is_none() {
        if session.broker.status == BrokerStatus::Down {
            session.actions.push(Action::RetryBroker);
        }
        return;
    }
    if session.run.broker != session.settings.broker {
        // Another one is chosen for the next run.
        return;
    }
    let snapshot = &session.run.snapshot;
    let (is_up, has_answered) = (snapshot.broker_reachable, snapshot.acknowledged + snapshot.received > 0);
    match (&session.broker.status, is_up) {
        (BrokerStatus::Ready(_), false) if !snapshot.elapsed.is_zero() => {
            session.broker.status = BrokerStatus::Down;
            session.notices.show(Banner {
                topic: "broker",
                severity: Severity::Warning,
                title: "The broker does not answer".to_owned(),
                detail: "Both sides wait for it; nothing is lost, and the run continues when the broker is back"
                    .to_owned(),
                actions: vec![("Stop", || Action::Stop)],
            });
        }
        (BrokerStatus::Starting | BrokerStatus::Failed(..), true)
            if has_answered && session.settings.broker != BrokerSettings::Embedded =>
        {
            session.broker.forget_check();
            session.broker.status = BrokerStatus::Ready(BrokerKind::External);
            session.notices.clear("broker");
        }
        (BrokerStatus::Down, true) => {
            let is_embedded = session.settings.broker == BrokerSettings::Embedded;
            let kind = if is_embedded { BrokerKind::Embedded } else { BrokerKind::External };
            session.broker.status = BrokerStatus::Ready(kind);
            session.notices.clear("broker");
            session.notices.toast("The broker answers again");
        }
        _ => {}
    }
}

/// Shows why the broker cannot be used, or takes that message away.
pub fn report_status(session: &mut Session) {
    let BrokerStatus::Failed(summary, what_to_do) = session.broker.status.clone() else {
        session.notices.clear("broker");
        return;
    };
    let name = session.settings.broker.name().to_owned();
    session.notices.show(Banner {
        topic: "broker",
        severity: Severity::Error,
        title: format!("{name}: {summary}"),
        detail: what_to_do,
        actions: vec![("Try again", || Action::RetryBroker)],
    });
}
