//! Expected texts are what `JSON.stringify` gives for the equivalent object in Node.

use super::*;

fn json(store: &KvStore) -> String {
    let mut out = Vec::new();
    store.write_json(&mut out);
    String::from_utf8(out).unwrap()
}

fn counted(store: &KvStore) -> usize {
    store.iter().map(|(key, value)| key.len() + value.map_or(0, str::len)).sum()
}

/// `key` is given without quotes; the value `-` stands for undefined.
fn store(sets: &[(&str, &str)]) -> KvStore {
    let mut store = KvStore::default();
    for (key, value) in sets {
        store.set(&json::quote(key), Some(*value).filter(|value| *value != "-"));
    }
    store
}

#[test]
fn objects_are_written_as_javascript_does() {
    let rows: [(&[(&str, &str)], &str); 9] = [
        (&[], "{}"),
        (&[("b", "1"), ("a", "\"x\"")], r#"{"b":1,"a":"x"}"#),
        (&[("b", "1"), ("a", "2"), ("b", "3")], r#"{"b":3,"a":2}"#),
        (&[("b", "1"), ("a", "2"), ("b", "-"), ("c", "3")], r#"{"a":2,"c":3}"#),
        (&[("b", "1"), ("a", "2"), ("b", "-"), ("b", "9")], r#"{"b":9,"a":2}"#),
        (&[("a", "-")], "{}"),
        (
            &[("__proto__", "1"), ("constructor", "2"), ("toString", "3")],
            r#"{"__proto__":1,"constructor":2,"toString":3}"#,
        ),
        (
            &[
                ("4294967294", "1"),
                ("a", "2"),
                ("4294967295", "3"),
                ("10", "4"),
                ("2", "5"),
                ("01", "6"),
                ("0", "7"),
                ("", "8"),
            ],
            r#"{"0":7,"2":5,"10":4,"4294967294":1,"a":2,"4294967295":3,"01":6,"":8}"#,
        ),
        (
            &[("b", "{\"x\":{}}"), ("3", "-"), ("1", "[{}]"), ("a", "{}")],
            r#"{"1":[{}],"b":{"x":{}},"a":{}}"#,
        ),
    ];
    for (sets, expected) in rows {
        let store = store(sets);
        assert_eq!(json(&store), expected);
        assert_eq!(store.bytes(), counted(&store), "{expected}");
    }
}

#[test]
fn undefined_is_there_but_has_no_value() {
    let store = store(&[("a", "-"), ("b", "1")]);
    assert_eq!(store.get("\"a\""), Some(None));
    assert_eq!(store.get("\"b\""), Some(Some("1")));
    assert_eq!(store.get("\"c\""), None);
    assert_eq!((store.len(), store.is_empty()), (2, false));
    assert_eq!(store.iter().collect::<Vec<_>>(), [("\"a\"", None), ("\"b\"", Some("1"))]);
}

#[test]
fn removing_gives_up_the_place() {
    let mut store = store(&[("a", "1"), ("7", "2"), ("b", "3")]);
    assert!(store.remove("\"a\""));
    assert!(!store.remove("\"a\""));
    assert!(store.remove("\"7\""));
    store.set("\"a\"", Some("4"));
    assert_eq!(json(&store), r#"{"b":3,"a":4}"#);
    assert_eq!(store.bytes(), counted(&store));
    assert_eq!(store.index_keys, 0);
    assert!(store.remove("\"a\"") && store.remove("\"b\""));
    assert_eq!((store.bytes(), store.is_empty()), (0, true));
}

#[test]
fn bytes_follow_every_change() {
    let mut store = KvStore::default();
    for value in
        [Some("\"long value\""), Some("1"), None, None, Some("\"\""), Some("\"longer than all\"")]
    {
        store.set("\"k\"", value);
        assert_eq!(store.bytes(), counted(&store), "{value:?}");
    }
}

#[test]
fn stores_from_objects() {
    let rows = [
        ("{}", "{}"),
        (" { \"a\" : 1.0 , \"b\" : { \"c\" : [ ] } } ", r#"{"a":1.0,"b":{ "c" : [ ] }}"#),
        (r#"{"\u0061":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
        (r#"{"b":1,"\u0031":2,"0":3}"#, r#"{"0":3,"1":2,"b":1}"#),
        (r#"{"\uD83D":"\ud83d"}"#, r#"{"\ud83d":"\ud83d"}"#),
    ];
    for (text, expected) in rows {
        assert_eq!(json(&KvStore::from_json(text).unwrap()), expected, "{text}");
    }
    for text in ["", "null", "[]", "\"x\"", "{", "{}x", "{\"a\":}"] {
        assert!(
            KvStore::from_json(text).unwrap_err().starts_with("invalid JSON object: "),
            "{text}"
        );
    }
}
