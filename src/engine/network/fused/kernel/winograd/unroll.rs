//! A loop written out; knows no arithmetic.

/// An array of `count` values of an expression in an index, unrolled: closures in `array::map`
/// are not inlined across instruction sets.
macro_rules! each {
    (3, |$i:ident| $value:expr) => {
        each!(@ [0, 1, 2], $i, $value)
    };
    (4, |$i:ident| $value:expr) => {
        each!(@ [0, 1, 2, 3], $i, $value)
    };
    (6, |$i:ident| $value:expr) => {
        each!(@ [0, 1, 2, 3, 4, 5], $i, $value)
    };
    (@ [$($number:literal),*], $i:ident, $value:expr) => {
        [$({
            let $i: usize = $number;
            $value
        }),*]
    };
}
pub(super) use each;
