//! Values that may be of the wrong type: parsing goes on to the end of the text and the type is judged afterwards, as the
//! original parses all before it validates anything.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A type that can be made from any JSON value.
pub(super) trait Shape<'de>: Sized {
    /// The value is a scalar, or an array or object that does not belong here. `falsy`: JavaScript takes it for false.
    fn other(falsy: bool) -> Self;

    /// The value is an array.
    fn array<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::other(false))
    }

    /// The value is an object.
    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        // Raw keys, as they may hold lone surrogates.
        while map.next_entry::<&'de RawValue, IgnoredAny>()?.is_some() {}
        Ok(Self::other(false))
    }
}

/// Makes a [`Shape`] known to serde.
///
/// A *string* with a lone surrogate and a number past 1e308 are parse errors here, where the original would say what is
/// wrong with the type: either way the message is refused.
pub(super) struct Shaped<T>(pub(super) T);

impl<'de, T: Shape<'de>> Deserialize<'de> for Shaped<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor(PhantomData)).map(Self)
    }
}

struct ShapeVisitor<T>(PhantomData<T>);

impl<'de, T: Shape<'de>> Visitor<'de> for ShapeVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::other(true))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        Ok(T::other(!value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        Ok(T::other(value == 0))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        Ok(T::other(value == 0))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        Ok(T::other(value == 0.0))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
        Ok(T::other(value.is_empty()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<T, A::Error> {
        T::array(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::object(map)
    }
}
