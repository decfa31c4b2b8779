use super::*;

fn written(sets: &[KvSet<'_>]) -> String {
    let mut out = Vec::new();
    write_sets(sets, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn lists_of_hooks() {
    let rows = [
        ("[]", "[]"),
        (r#"[{"key":"a","value":"1"},{"key":"b"}]"#, r#"[{"key":"a","value":"1"},{"key":"b"}]"#),
        (
            r#" [ { "value" : { "x" : [1] } , "key" : "a" , "more" : 1 } ] "#,
            r#"[{"key":"a","value":{ "x" : [1] }}]"#,
        ),
        (
            r#"[{"key":"\u0061","value":null},{"key":"","value":1.0}]"#,
            r#"[{"key":"a","value":null},{"key":"","value":1.0}]"#,
        ),
        (r#"[{"key":1,"key":"\uD83D","value":true}]"#, r#"[{"key":"\ud83d","value":true}]"#),
    ];
    for (text, expected) in rows {
        assert_eq!(written(&parse_sets(text).unwrap()), expected, "{text}");
    }
}

#[test]
fn wrong_lists_of_hooks() {
    let rows = [
        ("null", "changes must be an array"),
        ("{}", "changes must be an array"),
        ("\"x\"", "changes must be an array"),
        ("[5]", "change 0 must be an object with a string as key"),
        (
            r#"[{"key":"a"},{"value":"x"},{"key":"b"}]"#,
            "change 1 must be an object with a string as key",
        ),
        (r#"[{"key":"a"},{"key":5}]"#, "change 1 must be an object with a string as key"),
        ("[{}", "invalid JSON: EOF while parsing a list at line 1 column 3"),
        ("[] x", "invalid JSON: trailing characters at line 1 column 4"),
    ];
    for (text, expected) in rows {
        assert_eq!(parse_sets(text).unwrap_err(), expected, "{text}");
    }
}
