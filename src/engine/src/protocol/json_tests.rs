//! Expected values are what `JSON.stringify(JSON.parse(raw))` and template strings give in Node.

use super::*;

#[test]
fn kinds_and_types() {
    let rows = [
        (r#""x""#, Kind::String, "string"),
        ("{}", Kind::Object, "object"),
        ("[]", Kind::Array, "object"),
        ("-1", Kind::Number, "number"),
        ("0", Kind::Number, "number"),
        ("true", Kind::True, "boolean"),
        ("false", Kind::False, "boolean"),
        ("null", Kind::Null, "object"),
    ];
    for (raw, expected, name) in rows {
        assert_eq!((kind(raw), js_typeof(Some(raw))), (expected, name), "{raw}");
    }
    assert_eq!(js_typeof(None), "undefined");
}

#[test]
fn falsy_values() {
    for raw in ["null", "false", "0", "-0", "0.0", "-0.00", "0e5", "0E-3", "1e-400", "\"\""] {
        assert!(is_falsy(raw), "{raw}");
    }
    for raw in ["true", "1", "-1", "5e-324", "1e400", "\"0\"", "\" \"", "{}", "[]"] {
        assert!(!is_falsy(raw), "{raw}");
    }
}

#[test]
fn flags_are_booleans_null_or_absent() {
    let rows = [
        (None, Some(false)),
        (Some("null"), Some(false)),
        (Some("false"), Some(false)),
        (Some("true"), Some(true)),
        (Some("0"), None),
        (Some("\"\""), None),
        (Some("{}"), None),
    ];
    for (raw, expected) in rows {
        assert_eq!(flag(raw), expected, "{raw:?}");
    }
}

#[test]
fn canonical_strings() {
    let rows = [
        (r#""\b\f\n\r\t\"\\\/""#, r#""\b\f\n\r\t\"\\/""#),
        (r#""\u0008\u000C\u000a\u000D\u0009\u0022\u005c\u002F""#, r#""\b\f\n\r\t\"\\/""#),
        (r#""\u0000\u001F\u000B""#, r#""\u0000\u001f\u000b""#),
        (r#""\u007f\u2028\u00e9\u0041""#, "\"\u{7f}\u{2028}éA\""),
        (r#""\uFEFF\uFFFF""#, "\"\u{feff}\u{ffff}\""),
        (r#""\uD83D\uDE00""#, "\"😀\""),
        (r#""\uDBFF\uDFFF""#, "\"\u{10ffff}\""),
        (r#""é\uD83D\uDE00é\n""#, "\"é😀é\\n\""),
        (r#""\uD83D""#, r#""\ud83d""#),
        (r#""\uDE00\uD83D""#, r#""\ude00\ud83d""#),
        (r#""\uD83D\uD83D\uDE00""#, r#""\ud83d😀""#),
        (r#""\uD83D\n""#, r#""\ud83d\n""#),
        (r#""\uD83Dx\uDE00""#, r#""\ud83dx\ude00""#),
        (r#""\\u0041\\""#, r#""\\u0041\\""#),
        (r#""\u005cuD83D""#, r#""\\uD83D""#),
        (r#""\\\\\"""#, r#""\\\\\"""#),
    ];
    for (raw, expected) in rows {
        assert_eq!(canonical(raw), expected, "{raw}");
        assert_eq!(canonical(expected), expected, "{raw}: canonical form is final");
    }
}

#[test]
fn what_is_canonical_is_not_copied() {
    for raw in [
        r#""""#,
        r#""abc""#,
        r#""{\"a\":\"\\\b\f\n\r\t\"}""#,
        "\"é😀\u{7f}/\"",
        "null",
        "true",
        "false",
        "{}",
        "[1.0]",
        "0",
        "-0",
        "0.0",
        "0e5",
        "1e-400",
    ] {
        assert!(matches!(canonical(raw), Cow::Borrowed(_)), "{raw}");
    }
}

#[test]
fn canonical_numbers() {
    let rows = [
        ("0", "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("0e5", "0"),
        ("-0.0e-3", "0"),
        ("1e-400", "0"),
        ("1.50", "1.5"),
        ("1e2", "100"),
        ("-1.5e300", "-1.5e+300"),
        ("1e400", "null"),
        ("-1e400", "null"),
    ];
    for (raw, expected) in rows {
        assert_eq!(canonical(raw), expected, "{raw}");
    }
}

#[test]
fn numbers_as_javascript_prints_them() {
    let rows = [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-7.0, "-7"),
        (2.5, "2.5"),
        (0.1, "0.1"),
        (1e20, "100000000000000000000"),
        (123_456_789_012_345_680_000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (-1.25e21, "-1.25e+21"),
        (0.000_001, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
        (f64::NAN, "NaN"),
    ];
    for (number, expected) in rows {
        assert_eq!(number_text(number), expected);
    }
}

#[test]
fn quoting_and_decoding() {
    let rows = [
        ("", r#""""#),
        ("abc", r#""abc""#),
        ("a\"b\\c/", r#""a\"b\\c/""#),
        ("\u{8}\u{c}\n\r\t", r#""\b\f\n\r\t""#),
        ("\0\u{1f}\u{7f}\u{2028}", "\"\\u0000\\u001f\u{7f}\u{2028}\""),
        ("é😀", "\"é😀\""),
    ];
    for (text, fragment) in rows {
        assert_eq!(quote(text), fragment);
        assert_eq!(decode(fragment), text);
    }
}

#[test]
fn decoding_replaces_lone_surrogates() {
    assert_eq!(decode(r#""a\ud83db""#), "a\u{fffd}b");
    assert_eq!(decode(r#""\ude00\ud83d""#), "\u{fffd}\u{fffd}");
    assert_eq!(decode(r#""\uD83D\uDE00\/""#), "😀/");
}

#[test]
fn index_keys() {
    let rows = [
        ("\"0\"", Some(0)),
        ("\"7\"", Some(7)),
        ("\"10\"", Some(10)),
        ("\"4294967294\"", Some(4_294_967_294)),
        ("\"4294967295\"", None),
        ("\"4294967296\"", None),
        ("\"9999999999\"", None),
        ("\"10000000000\"", None),
        ("\"01\"", None),
        ("\"-1\"", None),
        ("\"+1\"", None),
        ("\"1.5\"", None),
        ("\"1e3\"", None),
        ("\" 1\"", None),
        ("\"1 \"", None),
        ("\"\"", None),
        ("\"a\"", None),
        ("\"١\"", None),
    ];
    for (fragment, expected) in rows {
        assert_eq!(is_index_key(fragment), expected, "{fragment}");
    }
}

#[test]
fn broken_text_does_not_panic() {
    for raw in [
        "",
        "\"",
        "\"\\",
        "\"\\\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\uD83D\\u\"",
        "\"\\u12é4\"",
        "\"\\é\"",
        "\"\\ud83d\\uzzzz\"",
        "-",
        "x",
    ] {
        let _ = (canonical(raw), decode(raw), is_falsy(raw), is_index_key(raw), kind(raw));
    }
}
