use super::*;

fn failure(text: &str) -> String {
    let reason = Request::parse(text).expect_err(text);
    assert_eq!(reason.code, 1002);
    reason.text
}

fn change(text: &str) -> ChangeReq<'_> {
    match Request::parse(text) {
        Ok(Request::Change(change)) => change,
        other => panic!("{text}: {other:?}"),
    }
}

/// The lists of a change as JSON; `-` where there is none.
fn lists(change: &ChangeReq<'_>) -> [String; 2] {
    [&change.room_changes, &change.client_changes].map(|list| {
        let Some(sets) = list else { return "-".into() };
        let mut out = Vec::new();
        super::super::write_sets(sets, &mut out);
        String::from_utf8(out).unwrap()
    })
}

#[test]
fn types_that_are_no_numbers() {
    let rows = [
        ("{}", "undefined"),
        ("[]", "undefined"),
        ("5", "undefined"),
        ("null", "undefined"),
        ("\"x\"", "undefined"),
        (r#"{"type":"2"}"#, "string"),
        (r#"{"type":"\ud83d"}"#, "string"),
        (r#"{"type":null}"#, "object"),
        (r#"{"type":{}}"#, "object"),
        (r#"{"type":[2]}"#, "object"),
        (r#"{"type":true}"#, "boolean"),
        (r#"{"type":2,"type":false}"#, "boolean"),
        (r#"{"roomChanges":5}"#, "undefined"),
    ];
    for (text, found) in rows {
        assert_eq!(
            failure(text),
            format!("error: message without numerical type ({found}"),
            "{text}"
        );
    }
}

#[test]
fn types_that_are_not_handled() {
    let rows = [
        ("0", "0"),
        ("-0", "0"),
        ("1", "1"),
        ("3", "3"),
        ("5", "5"),
        ("7", "7"),
        ("-2", "-2"),
        ("2.5", "2.5"),
        ("20", "20"),
        ("258", "258"),
        ("1e21", "1e+21"),
        ("1e-7", "1e-7"),
        ("1e400", "Infinity"),
        ("-1e400", "-Infinity"),
        ("1e-400", "0"),
        ("2.0000000000000001e1", "20"),
    ];
    for (raw, printed) in rows {
        let text = format!(r#"{{"type":{raw},"echo":5,"roomChanges":5}}"#);
        assert_eq!(failure(&text), format!("error: Unhandled message type {printed}"), "{raw}");
    }
}

#[test]
fn numbers_are_equal_however_they_are_written() {
    for raw in ["2", "2.0", "20e-1", "0.2e1", "2.00000000000000000001", "2E0"] {
        assert!(
            matches!(Request::parse(&format!(r#"{{"type":{raw}}}"#)), Ok(Request::Change(_))),
            "{raw}"
        );
    }
    for raw in ["4", "4.0", "400E-2"] {
        let text = format!(r#"{{"action":"a","type":{raw}}}"#);
        assert!(matches!(Request::parse(&text), Ok(Request::Action(_))), "{raw}");
    }
}

#[test]
fn changes() {
    let rows = [
        (r#"{"type":2}"#, ["-", "-"]),
        (r#"{"type":2,"roomChanges":[],"clientChanges":[]}"#, ["[]", "[]"]),
        (r#"{"type":2,"roomChanges":null,"clientChanges":0}"#, ["-", "-"]),
        (r#"{"type":2,"roomChanges":false,"clientChanges":""}"#, ["-", "-"]),
        (r#"{"type":2,"roomChanges":-0.0,"clientChanges":1e-400}"#, ["-", "-"]),
        (
            r#" {"roomChanges" : [ {"key":"a","value":"1"} , {"key":"b"} ],"clientChanges":[{"value":"","key":""}],"type":2} "#,
            [r#"[{"key":"a","value":"1"},{"key":"b"}]"#, r#"[{"key":"","value":""}]"#],
        ),
        (
            r#"{"type":2,"roomChanges":[{"key":"a","value":null},{"key":"a","value":-0},{"key":"a","value":false}]}"#,
            [r#"[{"key":"a","value":null},{"key":"a","value":0},{"key":"a","value":false}]"#, "-"],
        ),
        (
            r#"{"type":2,"room\u0043hanges":[{"\u006bey":"\u0061\/","value":"\uD83D\uDE00\ud83d","x":{"y":[]}}]}"#,
            [r#"[{"key":"a/","value":"😀\ud83d"}]"#, "-"],
        ),
        (r#"{"type":2,"roomChanges":5,"roomChanges":[]}"#, ["[]", "-"]),
        (r#"{"type":2,"roomChanges":[5],"roomChanges":null}"#, ["-", "-"]),
        (
            r#"{"type":2,"clientChanges":[{"key":5,"key":"a","value":[],"value":"b"}]}"#,
            ["-", r#"[{"key":"a","value":"b"}]"#],
        ),
        (
            r#"{"type":2,"roomChanges":[{"key":"__proto__","value":"x"},{"key":"constructor"}],"__proto__":1,"\ud83d":"\ud83d"}"#,
            [r#"[{"key":"__proto__","value":"x"},{"key":"constructor"}]"#, "-"],
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(lists(&change(text)), expected, "{text}");
    }
}

#[test]
fn texts_without_escapes_are_borrowed() {
    let change = change(r#"{"type":2,"roomChanges":[{"key":"a","value":"é"}]}"#);
    let sets = change.room_changes.unwrap();
    assert!(matches!(sets[0], KvSet { key: Cow::Borrowed(_), value: Some(Cow::Borrowed(_)) }));
}

#[test]
fn echo() {
    for (raw, expected) in [("true", true), ("false", false), ("null", false)] {
        assert_eq!(change(&format!(r#"{{"type":2,"echo":{raw}}}"#)).echo, expected);
    }
    assert!(!change(r#"{"type":2}"#).echo);
    for raw in ["0", "1", "\"\"", "\"true\"", "{}", "[]"] {
        // Before the lists, which are wrong, too.
        let text = format!(r#"{{"type":2,"roomChanges":5,"clientChanges":[5],"echo":{raw}}}"#);
        assert_eq!(failure(&text), "error: Invalid ChangeReq", "{raw}");
    }
}

#[test]
fn invalid_lists() {
    for raw in ["{}", r#"{"length":0,"\ud83d":1}"#, "1", "-1", "0.5", "5e-324", "true", "\"x\""] {
        for name in ["roomChanges", "clientChanges"] {
            let text = format!(r#"{{"type":2,"{name}":{raw}}}"#);
            assert_eq!(failure(&text), "error: Invalid KVSets (object)", "{text}");
        }
    }
    for raw in [
        "null",
        "5",
        "-5",
        "0.5",
        "true",
        "\"x\"",
        "[]",
        r#"["key"]"#,
        "{}",
        r#"{"value":"x"}"#,
        r#"{"key":5}"#,
        r#"{"key":null}"#,
        r#"{"key":"a","value":1}"#,
        r#"{"key":"a","value":true}"#,
        r#"{"key":"a","value":{}}"#,
        r#"{"key":"a","value":[]}"#,
        r#"{"key":"a","value":1e400}"#,
    ] {
        for name in ["roomChanges", "clientChanges"] {
            let text = format!(r#"{{"type":2,"{name}":[{{"key":"a"}},{raw},{{"key":"b"}}]}}"#);
            assert_eq!(failure(&text), "error: Invalid KVSets (entry)", "{text}");
        }
    }
}

#[test]
fn the_room_is_validated_before_the_client() {
    assert_eq!(
        failure(r#"{"type":2,"clientChanges":5,"roomChanges":[5]}"#),
        "error: Invalid KVSets (entry)"
    );
    assert_eq!(
        failure(r#"{"type":2,"clientChanges":[5],"roomChanges":5}"#),
        "error: Invalid KVSets (object)"
    );
}

#[test]
fn actions() {
    let text =
        r#"{"type":4,"action":"","id":"\u0061","data":"{\"x\":1}","echo":5,"roomChanges":5}"#;
    let Ok(Request::Action(action)) = Request::parse(text) else { panic!("{text}") };
    assert_eq!((&*action.action, action.id.as_deref()), ("\"\"", Some("\"a\"")));
    assert_eq!(action.data.as_deref(), Some(r#""{\"x\":1}""#));
    for raw in ["null", "0", "-0", "false", "\"\""] {
        let text = format!(r#"{{"type":4,"action":"a","id":{raw},"data":{raw}}}"#);
        let Ok(Request::Action(action)) = Request::parse(&text) else { panic!("{text}") };
        assert_eq!(
            (action.id, action.data),
            (Some(json::canonical(raw)), Some(json::canonical(raw)))
        );
    }
}

#[test]
fn invalid_actions() {
    let rows =
        ["", r#","action":null"#, r#","action":5"#, r#","action":{}"#, r#","action":"a","id":1"#];
    let more =
        [r#","action":"a","id":[]"#, r#","action":"a","data":true"#, r#","action":"a","data":{}"#];
    for members in rows.into_iter().chain(more) {
        assert_eq!(
            failure(&format!(r#"{{"type":4{members}}}"#)),
            "error: Invalid ActionReq",
            "{members}"
        );
    }
}

#[test]
fn text_that_is_not_json() {
    let rows = [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{\"type\":2", "EOF while parsing an object at line 1 column 9"),
        ("{\"type\":2}]", "trailing characters at line 1 column 11"),
        ("[1,]", "expected value at line 1 column 4"),
        ("{\"type\":2,\"roomChanges\":[5,}", "expected value at line 1 column 28"),
    ];
    for (text, expected) in rows {
        assert_eq!(failure(text), format!("error: invalid JSON: {expected}"), "{text}");
    }
}

#[test]
fn deep_nesting_is_harmless() {
    let arrays = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}0{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    for deep in [arrays, objects] {
        assert!(Request::parse(&format!(r#"{{"type":2,"x":{deep}}}"#)).is_ok());
        assert!(
            Request::parse(&format!(r#"{{"type":2,"roomChanges":[{{"key":"a","x":{deep}}}]}}"#))
                .is_ok()
        );
        let value = format!(r#"{{"type":2,"roomChanges":[{{"key":"a","value":{deep}}}]}}"#);
        assert_eq!(failure(&value), "error: Invalid KVSets (entry)");
        assert_eq!(
            failure(&format!(r#"{{"type":2,"roomChanges":[[{deep}]]}}"#)),
            "error: Invalid KVSets (entry)"
        );
        assert_eq!(
            failure(&format!(r#"{{"type":2,"roomChanges":{{"a":{deep}}}}}"#)),
            "error: Invalid KVSets (object)"
        );
        assert_eq!(
            failure(&format!(r#"{{"type":{deep}}}"#)),
            "error: message without numerical type (object"
        );
    }
    assert!(
        failure(&format!(r#"{{"type":2,"roomChanges":{}"#, "[".repeat(100_000)))
            .starts_with("error: invalid JSON: ")
    );
}

#[test]
fn leaving_and_answers() {
    let parse = |text| Request::parse(text);
    assert_eq!(parse(r#"{"type":6}"#), Ok(Request::Close(CloseReq { flush: false })));
    assert_eq!(
        parse(r#"{"type":6,"flush":true,"msg":"bye"}"#),
        Ok(Request::Close(CloseReq { flush: true }))
    );
    assert_eq!(failure(r#"{"type":6,"flush":1}"#), "error: Invalid CloseReq");
    assert_eq!(failure(r#"{"type":6,"msg":1}"#), "error: Invalid CloseReq");
    assert_eq!(parse(r#"{"type":5,"id":"a"}"#), Ok(Request::Answer("\"a\"".into())));
}

#[test]
fn acks() {
    let rows = [
        (r#"{"type":8,"received":0}"#, Some(0)),
        (r#"{"received":12,"type":8.0}"#, Some(12)),
        (r#"{"type":8,"received":2.0}"#, Some(2)),
        (r#"{"type":8,"received":20e-1}"#, Some(2)),
        (r#"{"type":8,"received":0.5}"#, None),
        (r#"{"type":8}"#, None),
        (r#"{"type":8,"received":null}"#, None),
        (r#"{"type":8,"received":-1}"#, None),
        (r#"{"type":8,"received":"1"}"#, None),
        (r#"{"type":8,"received":1e400}"#, None),
    ];
    for (text, received) in rows {
        assert_eq!(Request::parse(text), Ok(Request::Ack(received)), "{text}");
    }
}
