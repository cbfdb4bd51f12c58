//! A report as JUnit's XML, which every CI shows.

use super::{assertion::Expectation, wait::Verdict};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use std::{io, time::Duration};

/// The report of the expectations of one file.
///
/// # Errors
/// None that a buffer in memory could cause.
pub fn junit(file: &str, verdicts: &[(Expectation, Verdict)]) -> io::Result<Vec<u8>> {
    let missed = verdicts.iter().filter(|(_, verdict)| verdict.missed.is_some()).count().to_string();
    let (count, took) = (verdicts.len().to_string(), seconds(verdicts.iter().map(|(_, v)| v.took).sum()));
    let totals = [("tests", count.as_str()), ("failures", &missed), ("errors", "0"), ("time", &took)];
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites").with_attributes(totals).write_inner_content(|xml| {
        let suite = xml.create_element("testsuite").with_attribute(("name", &*printable(file)));
        suite.with_attributes(totals).write_inner_content(|xml| {
            verdicts.iter().try_for_each(|(expectation, verdict)| case(file, expectation, verdict, xml))
        })?;
        Ok(())
    })?;
    let mut text = xml.into_inner();
    text.push(b'\n');
    Ok(text)
}

fn case(
    file: &str,
    expectation: &Expectation,
    verdict: &Verdict,
    xml: &mut Writer<Vec<u8>>,
) -> io::Result<()> {
    let name = printable(&expectation.to_string());
    let case = xml
        .create_element("testcase")
        .with_attribute(("classname", &*printable(file)))
        .with_attribute(("name", &*name))
        .with_attribute(("time", &*seconds(verdict.took)));
    match &verdict.missed {
        None => case.write_empty()?,
        Some(seen) => case.write_inner_content(|xml| {
            let message = format!("not within {} s", expectation.within.as_secs());
            let failure = xml.create_element("failure").with_attribute(("message", &*message));
            failure.write_text_content(BytesText::new(&format!("{name}\nlast seen: {}", printable(seen))))?;
            Ok(())
        })?,
    };
    Ok(())
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

/// XML 1.0 has no control characters, not even as references.
fn printable(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n', "\u{FFFD}")
}
