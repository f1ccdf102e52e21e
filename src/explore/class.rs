//! A class that answers the quiz together: who has joined, what was answered, the curve and its
//! table; knows no socket and no pixel.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::ExploreError;
use crate::files;
use crate::stats::{StatsError, clustered_wilson};

/// Ratios of the questions, lowest first; all are on the ruler.
pub(super) const RATIOS: [f64; 5] = [5.0, 10.0, 20.0, 50.0, 120.0];

/// Questions to each student at each ratio.
pub(super) const QUESTIONS_EACH: usize = 8;

/// Questions to each student.
pub(super) const QUESTIONS: usize = RATIOS.len() * QUESTIONS_EACH;

/// More phones are no class.
const MOST_STUDENTS: usize = 500;

/// Letters and digits of the code: none that looks like another.
const SIGNS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/// Signs of the code: 31⁶ are 9·10⁸ codes, of which the limit on joining lets some 10⁴ be tried in
/// an hour.
const CODE_SIGNS: usize = 6;

/// Tail of the intervals on each side.
const ALPHA: f64 = 0.025;

/// A class. Its code holds for one start of the program; students have no names.
#[derive(Debug)]
pub(super) struct Class {
    code: String,
    students: Mutex<Vec<Student>>,
}

#[derive(Debug)]
struct Student {
    token: String,
    answers: Vec<Answer>,
}

/// The next question to a student.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Question {
    /// From 0.
    pub(super) number: usize,
    /// Ratio that is asked of the codec.
    pub(super) ratio: f64,
    /// Number of the image, the same for all students.
    pub(super) case: u64,
    /// Another number for each student and question, from which the region follows.
    pub(super) draw: u64,
}

/// An answer, with what it is an answer to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Answer {
    /// Number of the question, from 0.
    pub(super) question: usize,
    pub(super) ratio: f64,
    pub(super) reached: f64,
    pub(super) case: u64,
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) truth: &'static str,
    pub(super) answer: &'static str,
    pub(super) correct: bool,
}

/// The class at one ratio.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Level {
    pub(super) ratio: f64,
    /// Mean ratio of the images that were shown.
    pub(super) reached: f64,
    pub(super) students: usize,
    pub(super) asked: u64,
    pub(super) correct: u64,
    pub(super) share: f64,
    /// 95 %, by students; `None` for fewer than two.
    pub(super) interval: Option<[f64; 2]>,
}

/// What the presenter sees of a class.
#[derive(Debug, Serialize)]
pub(super) struct Standing<'a> {
    pub(super) code: &'a str,
    pub(super) joined: usize,
    pub(super) answers: usize,
    /// Students who have answered every question.
    pub(super) done: usize,
    pub(super) levels: Vec<Level>,
}

impl Class {
    pub(super) fn new() -> Result<Self, ExploreError> {
        let mut code = String::new();
        while code.len() < CODE_SIGNS {
            let byte = usize::from(random::<1>()?[0]);
            // 248 = 8 · 31: without the rest no sign is more likely than another.
            if byte < 256 / SIGNS.len() * SIGNS.len() {
                code.push(char::from(SIGNS[byte % SIGNS.len()]));
            }
        }
        Ok(Self { code, students: Mutex::default() })
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// Takes a student in who knows the code; gives the token by which the student is known.
    pub(super) fn join(&self, code: &str) -> Result<String, ExploreError> {
        if code.trim().to_ascii_uppercase() != self.code {
            return Err(ExploreError::Foreign("this is not the code of the class".into()));
        }
        let token: String = random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut students = self.lock();
        if students.len() >= MOST_STUDENTS {
            return Err(ExploreError::Foreign(format!("the class is full: {MOST_STUDENTS}")));
        }
        students.push(Student { token: token.clone(), answers: Vec::new() });
        Ok(token)
    }

    /// The next question; `None` after the last.
    pub(super) fn question(&self, token: &str) -> Result<Option<Question>, ExploreError> {
        let mut students = self.lock();
        let number = student(&mut students, token)?.answers.len();
        let ratio = RATIOS.get(number / QUESTIONS_EACH);
        Ok(ratio.map(|&ratio| {
            let hash = files::sha256(format!("{token} {number}").as_bytes());
            let draw = u64::from_str_radix(&hash[..15], 16).unwrap_or_default();
            Question { number, ratio, case: number as u64, draw }
        }))
    }

    /// Keeps the answer to the next question; an answer to another one is refused.
    pub(super) fn keep(&self, token: &str, answer: Answer) -> Result<(), ExploreError> {
        let mut students = self.lock();
        let answers = &mut student(&mut students, token)?.answers;
        if answers.len() != answer.question {
            return Err(ExploreError::Query("this question has been answered".into()));
        }
        answers.push(answer);
        Ok(())
    }

    pub(super) fn standing(&self) -> Result<Standing<'_>, ExploreError> {
        let students = self.lock();
        let levels = RATIOS.iter().filter_map(|&ratio| level(&students, ratio).transpose());
        Ok(Standing {
            code: &self.code,
            joined: students.len(),
            answers: students.iter().map(|student| student.answers.len()).sum(),
            done: students.iter().filter(|student| student.answers.len() == QUESTIONS).count(),
            levels: levels
                .collect::<Result<_, StatsError>>()
                .map_err(|error| ExploreError::Internal(error.to_string()))?,
        })
    }

    /// Every answer, student by student.
    pub(super) fn table(&self) -> String {
        let mut table = String::from(
            "student,question,ratio_asked,ratio_reached,image,row,column,truth,answer,correct\n",
        );
        for (number, student) in self.lock().iter().enumerate() {
            for answer in &student.answers {
                let Answer { question, ratio, reached, case, row, column, .. } = answer;
                let Answer { truth, answer: given, correct, .. } = answer;
                let (student, question) = (number + 1, question + 1);
                table.push_str(&format!(
                    "{student},{question},{ratio},{reached:.3},{case},{row},{column},{truth},{given},{correct}\n"
                ));
            }
        }
        table
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Student>> {
        // A panic elsewhere leaves the answers as they are.
        self.students.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn student<'a>(students: &'a mut [Student], token: &str) -> Result<&'a mut Student, ExploreError> {
    let found = students.iter_mut().find(|student| student.token == token);
    found.ok_or_else(|| ExploreError::Foreign("enter the code of the class first".into()))
}

/// The class at a ratio; `None` before its first answer.
fn level(students: &[Student], ratio: f64) -> Result<Option<Level>, StatsError> {
    let at = |answer: &&Answer| answer.ratio == ratio;
    let (mut successes, mut trials, mut reached) = (Vec::new(), Vec::new(), 0.0);
    for student in students {
        let answers: Vec<&Answer> = student.answers.iter().filter(at).collect();
        if answers.is_empty() {
            continue;
        }
        trials.push(answers.len() as u64);
        successes.push(answers.iter().filter(|answer| answer.correct).count() as u64);
        reached += answers.iter().map(|answer| answer.reached).sum::<f64>();
    }
    let (asked, correct): (u64, u64) = (trials.iter().sum(), successes.iter().sum());
    if asked == 0 {
        return Ok(None);
    }
    let interval = clustered_wilson(&successes, &trials, ALPHA)?;
    Ok(Some(Level {
        ratio,
        reached: reached / asked as f64,
        students: trials.len(),
        asked,
        correct,
        share: correct as f64 / asked as f64,
        interval: interval.map(|it| [it.lower, it.upper]),
    }))
}

fn random<const N: usize>() -> Result<[u8; N], ExploreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| ExploreError::Internal(format!("no random bytes: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::rendition::RUNGS;

    fn answer(question: usize, correct: bool) -> Answer {
        Answer {
            question,
            ratio: RATIOS[question / QUESTIONS_EACH],
            reached: 5.1,
            case: question as u64,
            row: 10,
            column: 20,
            truth: "disk",
            answer: if correct { "disk" } else { "ring" },
            correct,
        }
    }

    #[test]
    fn ratios_are_on_the_ruler() {
        assert!(RATIOS.iter().all(|ratio| RUNGS.contains(ratio)));
    }

    #[test]
    fn only_who_knows_the_code_is_asked() {
        let class = Class::new().expect("random bytes");
        assert_eq!(class.code().len(), CODE_SIGNS);
        assert_ne!(class.code(), Class::new().expect("random bytes").code());
        assert!(class.join("WRONG1").is_err() && class.join("").is_err());
        assert!(class.question("").is_err() && class.question("0").is_err());
        let token = class.join(&format!(" {} ", class.code().to_lowercase())).expect("the code");
        let first = class.question(&token).expect("known").expect("a question");
        assert_eq!((first.number, first.ratio, first.case), (0, 5.0, 0));
        assert_eq!(class.question(&token).expect("known"), Some(first), "until it is answered");
        class.keep(&token, answer(0, true)).expect("the next");
        assert!(class.keep(&token, answer(0, true)).is_err(), "once");
        let second = class.question(&token).expect("known").expect("a question");
        assert_eq!(second.number, 1);
        let other = class.join(class.code()).expect("the code");
        let theirs = class.question(&other).expect("known").expect("a question");
        assert_eq!(theirs.case, first.case, "the same image");
        assert_ne!(theirs.draw, first.draw, "another region");
    }

    #[test]
    fn the_curve_is_that_of_the_table() {
        let class = Class::new().expect("random bytes");
        for student in 0..3 {
            let token = class.join(class.code()).expect("the code");
            for question in 0..QUESTIONS {
                let correct = question < QUESTIONS_EACH * (student + 1);
                class.keep(&token, answer(question, correct)).expect("the next");
            }
            assert_eq!(class.question(&token).expect("known"), None);
        }
        let standing = class.standing().expect("statistics");
        assert_eq!((standing.joined, standing.done, standing.answers), (3, 3, 3 * QUESTIONS));
        let shares: Vec<f64> = standing.levels.iter().map(|level| level.share).collect();
        assert_eq!(shares, [1.0, 2.0 / 3.0, 1.0 / 3.0, 0.0, 0.0]);
        for level in &standing.levels {
            let rows = class.table();
            let of_level = |row: &&str| row.split(',').nth(2) == Some(&level.ratio.to_string());
            let rows: Vec<&str> = rows.lines().filter(of_level).collect();
            let correct = rows.iter().filter(|row| row.ends_with(",true")).count();
            assert_eq!((rows.len() as u64, correct as u64), (level.asked, level.correct));
            let [low, high] = level.interval.expect("three students");
            assert!(low <= level.share && level.share <= high && high - low > 0.2);
        }
    }
}
