//! Texts with placeholders: what `new-dialect` and `rehearse` write.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value};

/// The text of a template, with the members of `names` in its placeholders.
///
/// # Errors
/// What is wrong with the template.
pub fn render(template: &str, names: Value) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(
        SyntaxConfig::builder()
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.render_str(template, names)
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn names_stand_in_their_places_and_the_last_line_stays_one() {
        let text =
            render("mod {{ d }};\n", context! { d => "turnstile" }).expect("the template is sound");
        assert_eq!(text, "mod turnstile;\n");
    }
}
