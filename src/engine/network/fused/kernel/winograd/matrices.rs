//! The linear maps of Winograd's algorithm along one axis, and their adjoints; knows no tile and
//! no image.

use super::super::lanes::Lanes;

/// Bᵀ: six inputs to six frequencies.
#[inline(always)]
pub(super) unsafe fn to_frequencies<L: Lanes>(x: [L; 6]) -> [L; 6] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [x0, x1, x2, x3, x4, x5] = x;
        let [two, four] = [L::splat(2.0), L::splat(4.0)];
        let [minus_two, minus_four, minus_five] = [L::splat(-2.0), L::splat(-4.0), L::splat(-5.0)];
        let (a, b) = (x2.mul_add(minus_four, x4), x1.mul_add(minus_four, x3));
        let (c, e) = (x4.sub(x2), x3.sub(x1));
        [
            x0.mul_add(four, x2.mul_add(minus_five, x4)),
            a.add(b),
            a.sub(b),
            e.mul_add(two, c),
            e.mul_add(minus_two, c),
            x1.mul_add(four, x3.mul_add(minus_five, x5)),
        ]
    }
}

/// B: the adjoint of `to_frequencies`.
#[inline(always)]
pub(super) unsafe fn to_frequencies_adjoint<L: Lanes>(t: [L; 6]) -> [L; 6] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [t0, t1, t2, t3, t4, t5] = t;
        let [two, four] = [L::splat(2.0), L::splat(4.0)];
        let [minus_two, minus_four, minus_five] = [L::splat(-2.0), L::splat(-4.0), L::splat(-5.0)];
        let (p, q) = (t1.add(t2), t1.sub(t2));
        let (r, s) = (t3.add(t4), t3.sub(t4));
        [
            t0.mul(four),
            t5.sub(q).mul_add(four, s.mul(minus_two)),
            t0.mul_add(minus_five, p.mul_add(minus_four, L::zero().sub(r))),
            t5.mul_add(minus_five, s.mul_add(two, q)),
            t0.add(p).add(r),
            t5,
        ]
    }
}

/// Aᵀ: six frequencies to four outputs.
#[inline(always)]
pub(super) unsafe fn to_outputs<L: Lanes>(m: [L; 6]) -> [L; 4] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [m0, m1, m2, m3, m4, m5] = m;
        let (s1, d1) = (m1.add(m2), m1.sub(m2));
        let (s2, d2) = (m3.add(m4), m3.sub(m4));
        [
            m0.add(s1).add(s2),
            d2.mul_add(L::splat(2.0), d1),
            s2.mul_add(L::splat(4.0), s1),
            d2.mul_add(L::splat(8.0), d1).add(m5),
        ]
    }
}

/// A: the adjoint of `to_outputs`.
#[inline(always)]
pub(super) unsafe fn to_outputs_adjoint<L: Lanes>(y: [L; 4]) -> [L; 6] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [y0, y1, y2, y3] = y;
        let four = L::splat(4.0);
        let (e, o) = (y0.add(y2), y1.add(y3));
        let (even, odd) = (y2.mul_add(four, y0), y3.mul_add(four, y1));
        [
            y0,
            e.add(o),
            e.sub(o),
            odd.mul_add(L::splat(2.0), even),
            odd.mul_add(L::splat(-2.0), even),
            y3,
        ]
    }
}

/// G: three taps to six frequencies.
#[inline(always)]
pub(super) unsafe fn taps_to_frequencies<L: Lanes>(w: [L; 3]) -> [L; 6] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [w0, w1, w2] = w;
        let e = w0.add(w2);
        let minus_sixth = L::splat(-1.0 / 6.0);
        let even = w2.mul_add(L::splat(1.0 / 6.0), w0.mul(L::splat(1.0 / 24.0)));
        [
            w0.mul(L::splat(0.25)),
            e.add(w1).mul(minus_sixth),
            e.sub(w1).mul(minus_sixth),
            w1.mul_add(L::splat(1.0 / 12.0), even),
            w1.mul_add(L::splat(-1.0 / 12.0), even),
            w2,
        ]
    }
}

/// Gᵀ: the adjoint of `taps_to_frequencies`.
#[inline(always)]
pub(super) unsafe fn taps_to_frequencies_adjoint<L: Lanes>(t: [L; 6]) -> [L; 3] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let [t0, t1, t2, t3, t4, t5] = t;
        let sixth = L::splat(1.0 / 6.0);
        let (p, q) = (t1.add(t2), t2.sub(t1));
        let (r, s) = (t3.add(t4), t3.sub(t4));
        [
            t0.mul_add(
                L::splat(0.25),
                r.mul_add(L::splat(1.0 / 24.0), p.mul(L::splat(-1.0 / 6.0))),
            ),
            q.mul_add(sixth, s.mul(L::splat(1.0 / 12.0))),
            r.sub(p).mul_add(sixth, t5),
        ]
    }
}
