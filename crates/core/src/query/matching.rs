//! Whether what is known fulfils a query.

use std::borrow::Cow;

use super::expression::{Comparison, Expression, Operator, Subject, Test, TextOperator};
use super::facts::Facts;
use super::field::Field;
use super::literal::Moment;
use crate::model::image_info::ImageFormat;

impl Expression {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(facts)),
            Self::All(parts) => parts.iter().all(|part| part.holds(facts)),
            Self::Not(part) => !part.holds(facts),
            Self::Compare(comparison) => comparison.holds(facts),
        }
    }
}

impl Comparison {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match &self.test {
            Test::Has => match &self.subject {
                Subject::Field(field) if *field != Field::Objects => field.is_known(facts),
                _ => self.whole(facts).is_some_and(|count| count > 0),
            },
            Test::Text(operator, text) => self.text(facts, *operator, text),
            Test::Whole(operator, number) => self.whole(facts).is_some_and(|known| operator.holds(known, *number)),
            Test::Amount(operator, amount) => {
                let known = match self.subject {
                    Subject::Field(Field::Latency) => facts.latency_micros,
                    _ => facts.size_bytes,
                };
                known.is_some_and(|known| operator.holds(known as f64, amount.value()))
            }
            Test::Moment(operator, moment) => {
                let known = match self.subject {
                    Subject::Field(Field::Sent) => facts.sent_at_micros,
                    _ => facts.time_micros,
                };
                known.is_some_and(|known| is_at(*operator, known, moment))
            }
        }
    }

    fn whole(&self, facts: &Facts<'_>) -> Option<i64> {
        let count = |class| facts.objects.as_ref().map(|objects| objects.count(class).cast_signed());
        match &self.subject {
            Subject::Class(class) => count(Some(class.as_str())),
            Subject::Field(Field::Objects) => count(None),
            Subject::Field(Field::Partition) => facts.partition.map(i64::from),
            Subject::Field(Field::Offset) => facts.offset,
            Subject::Field(Field::Width) => facts.width_px.map(i64::from),
            Subject::Field(Field::Height) => facts.height_px.map(i64::from),
            Subject::Field(_) => None,
        }
    }

    fn text(&self, facts: &Facts<'_>, operator: TextOperator, text: &str) -> bool {
        let Subject::Field(field) = &self.subject else { return false };
        let known: [Option<&str>; 2] = match field {
            Field::Label => [facts.label.as_deref(), None],
            Field::Name => [facts.name.as_deref(), facts.sent_name.as_deref()],
            Field::Folder => [facts.folder.as_deref(), None],
            Field::Topic => [facts.topic.as_deref(), None],
            Field::Key => [facts.key.as_deref(), None],
            Field::Format => [facts.format, None],
            _ => [None, None],
        };
        let is_equal = |known: &str| if *field == Field::Format { is_format(known, text) } else { known == text };
        let mut known = known.into_iter().flatten().peekable();
        match operator {
            TextOperator::Equal => known.any(is_equal),
            TextOperator::NotEqual => known.peek().is_some() && !known.any(is_equal),
            TextOperator::Contains => {
                let part = lower(text);
                known.any(|known| lower(known).contains(&*part))
            }
        }
    }
}

/// Whether a time is before, in or after a moment, which has a length.
fn is_at(operator: Operator, known: i64, moment: &Moment) -> bool {
    match operator {
        Operator::Equal => (moment.begin..moment.end).contains(&known),
        Operator::NotEqual => !(moment.begin..moment.end).contains(&known),
        Operator::Less => known < moment.begin,
        Operator::AtMost => known < moment.end,
        Operator::More => known >= moment.end,
        Operator::AtLeast => known >= moment.begin,
    }
}

/// Whether both names are of one format: `jpg` and `JPEG` are.
fn is_format(known: &str, named: &str) -> bool {
    let same = |format: &ImageFormat| format.has_extension(known) && format.has_extension(named);
    known.eq_ignore_ascii_case(named) || ImageFormat::ALL.iter().any(same)
}

fn lower(text: &str) -> Cow<'_, str> {
    let is_lower = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}
