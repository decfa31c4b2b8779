use super::*;

const HEAD: &str = r#""protocol":"websocket-room-server:1","roomProtocol":"p:1","roomId":"r""#;

/// A hello that is valid up to these further members.
fn hello(more: &str) -> String {
    format!("{{{HEAD},{more}}}")
}

fn failure(text: &str) -> String {
    let reason = HelloReq::parse(text).expect_err(text);
    assert_eq!(reason.code, 1002);
    reason.text
}

fn state(store: &KvStore) -> String {
    let mut out = Vec::new();
    store.write_json(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_full_hello() {
    let text = hello(
        r#""roomCredential":"c","clientCredential":"d","clientType":"t","clientName":"n\u0041","clientState":{"k":"v"},"readonly":true"#,
    );
    let padded = format!(" \r\n\t{text}\n ");
    let hello = HelloReq::parse(&padded).unwrap();
    assert_eq!((&*hello.room_protocol, &*hello.room_id), ("\"p:1\"", "\"r\""));
    assert_eq!(
        (hello.client_type.as_deref(), hello.client_name.as_deref()),
        (Some("\"t\""), Some("\"nA\""))
    );
    assert_eq!(state(&hello.client_state), r#"{"k":"v"}"#);
    assert!(hello.readonly);
    assert_eq!(hello.raw, text);
}

#[test]
fn a_small_hello_with_odd_room() {
    let rows = [
        (r#""""#, r#""""#),
        (r#""__proto__""#, r#""__proto__""#),
        (r#""constructor""#, r#""constructor""#),
        (r#""\ud83d\u005f""#, r#""\ud83d_""#),
    ];
    for (raw, fragment) in rows {
        let text = format!(
            r#"{{"clientState":{{}},"roomId":{raw},"roomProtocol":"","protocol":"websocket-room-server:1"}}"#
        );
        let hello = HelloReq::parse(&text).unwrap();
        assert_eq!(hello.room_id, fragment);
        assert_eq!((hello.client_type, hello.client_name, hello.readonly), (None, None, false));
    }
}

#[test]
fn names_may_be_falsy() {
    let rows = [
        ("0", "0"),
        ("-0", "0"),
        ("1e-400", "0"),
        ("false", "false"),
        ("null", "null"),
        (r#""""#, r#""""#),
    ];
    for (raw, fragment) in rows {
        let text = hello(&format!(
            r#""clientState":{{}},"clientType":{raw},"clientName":{raw},"roomCredential":{raw}"#
        ));
        let hello = HelloReq::parse(&text).unwrap();
        assert_eq!(
            (hello.client_type.as_deref(), hello.client_name.as_deref()),
            (Some(fragment), Some(fragment)),
            "{raw}"
        );
    }
}

#[test]
fn client_states() {
    let rows = [
        ("{}", "{}"),
        ("null", "{}"),
        ("[]", "{}"),
        (r#"["a","b"]"#, r#"{"0":"a","1":"b"}"#),
        (r#"{"b":"\u0041","a":"","\ud83d":"\ud83d"}"#, r#"{"b":"A","a":"","\ud83d":"\ud83d"}"#),
        (r#"{"2":"x","b":"y","1":"z"}"#, r#"{"1":"z","2":"x","b":"y"}"#),
        (r#"{"a":1,"b":"y","\u0061":"x"}"#, r#"{"a":"x","b":"y"}"#),
        (r#"{"__proto__":"x","constructor":"y"}"#, r#"{"__proto__":"x","constructor":"y"}"#),
    ];
    for (raw, expected) in rows {
        let text = hello(&format!(r#""clientState":{raw}"#));
        assert_eq!(state(&HelloReq::parse(&text).unwrap().client_state), expected, "{raw}");
    }
}

#[test]
fn client_states_of_the_wrong_type() {
    for raw in ["0", "1", "true", "false", "\"x\"", "\"\""] {
        assert_eq!(
            failure(&hello(&format!(r#""clientState":{raw}"#))),
            "error: Invalid KVStore (type)",
            "{raw}"
        );
    }
    assert_eq!(failure(&hello(r#""x":1"#)), "error: Invalid KVStore (type)");
    for raw in [
        r#"{"a":1}"#,
        r#"{"a":null}"#,
        r#"{"a":"x","a":{}}"#,
        r#"{"a":"x","b":[]}"#,
        "[1]",
        r#"["a",null]"#,
        "[[]]",
    ] {
        assert_eq!(
            failure(&hello(&format!(r#""clientState":{raw}"#))),
            "error: Invalid KVStore (value)",
            "{raw}"
        );
    }
}

#[test]
fn invalid_fields() {
    for text in ["null", "5", "\"x\"", "[]", "true", " [1,{}] ", "{}"] {
        assert_eq!(failure(text), "error: Invalid HelloReq", "{text}");
    }
    // All of these before the client state, which is wrong, too.
    let rows = [
        r#""protocol":null"#,
        r#""protocol":1"#,
        r#""roomProtocol":false"#,
        r#""roomId":0"#,
        r#""roomId":["r"]"#,
        r#""roomCredential":1"#,
        r#""clientCredential":{}"#,
        r#""clientType":true"#,
        r#""clientType":1e400"#,
        r#""clientName":[]"#,
        r#""readonly":0"#,
        r#""readonly":"""#,
        r#""readonly":{}"#,
    ];
    for member in rows {
        assert_eq!(
            failure(&hello(&format!("{member},\"clientState\":5"))),
            "error: Invalid HelloReq",
            "{member}"
        );
    }
}

#[test]
fn readonly_may_be_null() {
    for (raw, expected) in [("null", false), ("false", false), ("true", true)] {
        let text = hello(&format!(r#""clientState":{{}},"readonly":{raw}"#));
        assert_eq!(HelloReq::parse(&text).unwrap().readonly, expected);
    }
}

#[test]
fn the_protocol_is_compared_last() {
    let rows = [
        (r#""x""#, "wrong protocol (x vs websocket-room-server:1"),
        (r#""""#, "wrong protocol ( vs websocket-room-server:1"),
        (r#""\u0061\ud83d""#, "wrong protocol (a\u{fffd} vs websocket-room-server:1"),
    ];
    for (raw, expected) in rows {
        assert_eq!(failure(&hello(&format!(r#""protocol":{raw},"clientState":{{}}"#))), expected);
        assert_eq!(
            failure(&hello(&format!(r#""protocol":{raw},"clientState":1"#))),
            "error: Invalid KVStore (type)"
        );
    }
    let escaped = hello(r#""protocol":"websocket\u002droom-server:1","clientState":{}"#);
    assert!(HelloReq::parse(&escaped).is_ok());
}

#[test]
fn the_last_member_wins_and_keys_may_be_escaped() {
    let text = hello(
        r#""roomId":1,"room\u0049d":"s","readonly":5,"readonly":true,"clientState":1,"clientState":{},"\ud83d":"\ud83d""#,
    );
    let hello = HelloReq::parse(&text).unwrap();
    assert_eq!((&*hello.room_id, hello.readonly), ("\"s\"", true));
}

#[test]
fn text_that_is_not_json() {
    let rows = [
        ("", "error: invalid JSON: EOF while parsing a value at line 1 column 0"),
        ("x", "error: invalid JSON: expected value at line 1 column 1"),
        ("nul", "error: invalid JSON: EOF while parsing a value at line 1 column 3"),
        ("\u{feff}{}", "error: invalid JSON: expected value at line 1 column 1"),
        ("\u{a0}{}", "error: invalid JSON: expected value at line 1 column 1"),
        ("{}x", "error: invalid JSON: trailing characters at line 1 column 3"),
        ("{", "error: invalid JSON: EOF while parsing an object at line 1 column 1"),
        ("{\"a\":1,}", "error: invalid JSON: trailing comma at line 1 column 8"),
    ];
    for (text, expected) in rows {
        assert_eq!(failure(text), expected, "{text}");
    }
    for text in [
        "{'a':1}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{}{}",
        "[1",
        "NaN",
    ] {
        assert!(failure(text).starts_with("error: invalid JSON: "), "{text}");
    }
}

#[test]
fn deep_nesting_is_harmless() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}0{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    for deep in [deep, objects] {
        assert!(HelloReq::parse(&hello(&format!(r#""clientState":{{}},"x":{deep}"#))).is_ok());
        assert_eq!(
            failure(&hello(&format!(r#""clientState":{deep}"#))),
            "error: Invalid KVStore (value)"
        );
        assert_eq!(failure(&hello(&format!(r#""roomId":{deep}"#))), "error: Invalid HelloReq");
        assert_eq!(failure(&deep), "error: Invalid HelloReq");
    }
    assert!(failure(&"[".repeat(100_000)).starts_with("error: invalid JSON: EOF"));
}

#[test]
fn what_a_hello_asks_about_resuming() {
    let new = Some(ResumeReq { token: None, received: 0 });
    let back =
        |token: &'static str, received| Some(ResumeReq { token: Some(token.into()), received });
    let rows = [
        (r"{}", None),
        (r#"{"resume":true}"#, None),
        (r#"{"resume":[]}"#, None),
        (r#"{"resume":{}}"#, new.clone()),
        (r#"{"resume":{"else":1}}"#, new.clone()),
        (r#"{"resume":{"token":"a\u0062","received":0}}"#, back("ab", 0)),
        (r#"{"resume":{"token":"a","received":9007199254740991}}"#, back("a", (1 << 53) - 1)),
        (r#"{"resume":1,"resume":{"received":7,"token":"a"}}"#, back("a", 7)),
        // None of these can be: then it asks for a new session.
        (r#"{"resume":{"token":"a"}}"#, new.clone()),
        (r#"{"resume":{"token":5,"received":0}}"#, new.clone()),
        (r#"{"resume":{"token":"a","received":-1}}"#, new.clone()),
        (r#"{"resume":{"token":"a","received":1.5}}"#, new.clone()),
        (r#"{"resume":{"token":"a","received":"1"}}"#, new.clone()),
        (r#"{"resume":{"token":"a","received":9007199254740992}}"#, new.clone()),
    ];
    for (ext, expected) in rows {
        let text = hello(&format!(r#""clientState":{{}},"ext":{ext}"#));
        assert_eq!(HelloReq::parse(&text).unwrap().resume, expected, "{ext}");
    }
}
