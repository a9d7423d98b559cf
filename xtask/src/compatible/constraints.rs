//! Compares the limits that two schemas put on numbers, texts, lists and objects.

use serde_json::Value;

use super::Compare;
use super::rule::ChangeRule;
use super::schema::Schema;
use super::schemas::Pair;

/// Two rules for each direction: less is admitted, more is admitted.
struct Rules {
    tightened: (ChangeRule, ChangeRule),
    loosened: (ChangeRule, ChangeRule),
}

const BOUND: Rules = Rules {
    tightened: (
        ChangeRule::RequestBoundTightened,
        ChangeRule::ResponseBoundTightened,
    ),
    loosened: (
        ChangeRule::RequestBoundLoosened,
        ChangeRule::ResponseBoundLoosened,
    ),
};
const LENGTH: Rules = Rules {
    tightened: (
        ChangeRule::RequestLengthTightened,
        ChangeRule::ResponseLengthTightened,
    ),
    loosened: (
        ChangeRule::RequestLengthLoosened,
        ChangeRule::ResponseLengthLoosened,
    ),
};
const ITEMS: Rules = Rules {
    tightened: (
        ChangeRule::RequestItemCountTightened,
        ChangeRule::ResponseItemCountTightened,
    ),
    loosened: (
        ChangeRule::RequestItemCountLoosened,
        ChangeRule::ResponseItemCountLoosened,
    ),
};
const MEMBERS: Rules = Rules {
    tightened: (
        ChangeRule::RequestPropertyCountTightened,
        ChangeRule::ResponsePropertyCountTightened,
    ),
    loosened: (
        ChangeRule::RequestPropertyCountLoosened,
        ChangeRule::ResponsePropertyCountLoosened,
    ),
};
const MULTIPLE: Rules = Rules {
    tightened: (
        ChangeRule::RequestMultipleTightened,
        ChangeRule::ResponseMultipleTightened,
    ),
    loosened: (
        ChangeRule::RequestMultipleLoosened,
        ChangeRule::ResponseMultipleLoosened,
    ),
};
const PATTERN: Rules = Rules {
    tightened: (
        ChangeRule::RequestPatternTightened,
        ChangeRule::ResponsePatternTightened,
    ),
    loosened: (
        ChangeRule::RequestPatternLoosened,
        ChangeRule::ResponsePatternLoosened,
    ),
};
const UNIQUE: Rules = Rules {
    tightened: (
        ChangeRule::RequestUniqueItemsRequired,
        ChangeRule::ResponseUniqueItemsPromised,
    ),
    loosened: (
        ChangeRule::RequestUniqueItemsWaived,
        ChangeRule::ResponseUniqueItemsWaived,
    ),
};

impl<'a> Compare<'a> {
    /// Every limit of two schemas.
    pub(super) fn constraints(&mut self, pair: &Pair<'a>) {
        for (keys, rules) in [
            (["minimum", "exclusiveMinimum"], &BOUND),
            (["minLength", "minLength"], &LENGTH),
            (["minItems", "minItems"], &ITEMS),
            (["minProperties", "minProperties"], &MEMBERS),
        ] {
            self.limit(pair, keys, 1.0, rules);
        }
        for (keys, rules) in [
            (["maximum", "exclusiveMaximum"], &BOUND),
            (["maxLength", "maxLength"], &LENGTH),
            (["maxItems", "maxItems"], &ITEMS),
            (["maxProperties", "maxProperties"], &MEMBERS),
        ] {
            self.limit(pair, keys, -1.0, rules);
        }
        self.multiple(pair);
        self.pattern(pair);
        let unique = |schema: &Schema<'a>| schema.word("uniqueItems") == Some(&Value::Bool(true));
        match (unique(&pair.old), unique(&pair.new)) {
            (false, true) => self.report(pair, "uniqueItems", true, &UNIQUE),
            (true, false) => self.report(pair, "uniqueItems", false, &UNIQUE),
            (true, true) | (false, false) => {}
        }
    }

    /// A lower limit, or with `sign` -1 an upper one; the second keyword excludes its value.
    fn limit(&mut self, pair: &Pair<'a>, keys: [&'static str; 2], sign: f64, rules: &Rules) {
        let (old, new) = (limit(&pair.old, keys, sign), limit(&pair.new, keys, sign));
        let tightened = match old.partial_cmp(&new) {
            Some(std::cmp::Ordering::Less) => true,
            Some(std::cmp::Ordering::Greater) => false,
            Some(std::cmp::Ordering::Equal) | None => return,
        };
        let named = |schema: &Schema<'a>| keys.into_iter().find(|key| schema.word(key).is_some());
        let key = named(&pair.new)
            .or_else(|| named(&pair.old))
            .unwrap_or(keys[0]);
        self.report(pair, key, tightened, rules);
    }

    fn multiple(&mut self, pair: &Pair<'a>) {
        let (old, new) = (pair.old.number("multipleOf"), pair.new.number("multipleOf"));
        let divides = |step: f64, value: f64| (value / step).fract().abs() < 1e-9;
        let tightened = match (old, new) {
            (old, new) if old == new => return,
            // From 4 to 2 every old value stays good; from 4 to 6 it does not.
            (Some(old), Some(new)) => match pair.direction {
                super::rule::Direction::Response => divides(old, new),
                super::rule::Direction::Request | super::rule::Direction::Both => {
                    !divides(new, old)
                }
            },
            (old, _) => old.is_none(),
        };
        self.report(pair, "multipleOf", tightened, &MULTIPLE);
    }

    /// Which of two patterns matches more cannot be told, so another pattern is the worse of the two.
    fn pattern(&mut self, pair: &Pair<'a>) {
        let (old, new) = (pair.old.word("pattern"), pair.new.word("pattern"));
        let tightened = match (old, new) {
            (old, new) if old == new => return,
            (Some(_), Some(_)) => pair.direction != super::rule::Direction::Response,
            (old, _) => old.is_none(),
        };
        self.report(pair, "pattern", tightened, &PATTERN);
    }

    fn report(&mut self, pair: &Pair<'a>, key: &str, tightened: bool, rules: &Rules) {
        let (request, response) = if tightened {
            rules.tightened
        } else {
            rules.loosened
        };
        let sides = (pair.old.word(key), pair.new.word(key));
        let message = format!("{key} of {} changed", pair.label);
        let rule = pair.rule(request, response);
        self.found.add(rule, &pair.at(key), sides, message);
    }
}

/// The limit as a number that is the larger, the less is admitted; an excluded limit is a bit larger.
fn limit(schema: &Schema<'_>, [including, excluding]: [&str; 2], sign: f64) -> (f64, bool) {
    let whole = schema
        .types
        .as_ref()
        .is_some_and(|types| types.contains("integer") && !types.contains("number"));
    let including_limit = schema.number(including).map(|limit| (limit * sign, false));
    let excluding_limit = (including != excluding)
        .then(|| schema.number(excluding))
        .flatten()
        .map(|limit| {
            if whole {
                (limit * sign + 1.0, false)
            } else {
                (limit * sign, true)
            }
        });
    // A count is never below nothing.
    let none = if including.starts_with("minL")
        || including.starts_with("minI")
        || including.starts_with("minP")
    {
        (0.0, false)
    } else {
        (f64::NEG_INFINITY, false)
    };
    [including_limit, excluding_limit]
        .into_iter()
        .flatten()
        .fold(none, |a, b| if b > a { b } else { a })
}
