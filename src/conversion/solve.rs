//! The optimum: each component by an exact solver, stage by stage, every answer taken back to whole numbers and checked.
//!
//! Stages: credits, then exemptions worth no credits, then fewer achievements; then those achievements that expire first
//! (and among these the lowest ids); then earlier rules and courses, so that the same input gives the same plan.

use std::time::Duration;

use microlp::{ComparisonOp, OptimizationDirection, Problem, Solution, SolveOptions, Variable};

use super::greedy::greedy;
use super::line::Offer;
use super::milp::{Column, Milp};
use super::model::{Model, Selection};
use super::packing::{Answer, Packing, Question};
use super::parts::{Component, components};
use super::reach::Reach;
use super::verify::verify;

/// How much a plan may cost. Without limits the answer is always the best; nodes bound it the same way on every machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effort {
    /// Time for the search in all.
    pub time: Option<Duration>,
    /// Branches of the search per stage and component.
    pub nodes: Option<u64>,
}

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Solved {
    /// The selections, in order of line.
    pub selections: Vec<Selection>,
    /// Proven best, ties included.
    pub optimal: bool,
    /// No allowed selections give more thousandths of a credit.
    pub bound: i64,
}

/// Steps of the search for one answer before the solver is asked instead.
const STEPS: u64 = 30_000_000;
/// The same for filling a cap, where the solver is good as well.
const FILL_STEPS: u64 = 100_000;
/// Steps that count as a branch, where branches are limited.
const NODE_STEPS: u64 = 1_000;
/// What a step counts as, where time is limited: the search reads no clock.
const STEP: Duration = Duration::from_nanos(25);
/// Branches of the search for the order of lines.
const ORDER_NODES: u64 = 20;

/// Solves every component. Whatever the solver says is checked again in whole numbers.
pub(super) fn solve(model: &Model, effort: Effort) -> Solved {
    let mut all = Solved { selections: Vec::new(), optimal: model.found.left_out == 0, bound: model.found.left_out };
    let mut left = effort;
    for component in components(model) {
        let solved = solve_component(model, &component, &mut left);
        all.optimal &= solved.optimal;
        all.bound = all.bound.saturating_add(solved.bound);
        all.selections.extend(solved.selections);
    }
    all.selections.sort_by_key(|selection| selection.line);
    if verify(model, &all.selections).is_err() {
        // The solver's tolerances let something through: what was found without it stands, and says so.
        let lines: Vec<usize> = (0..model.found.lines.len()).collect();
        let rows: Vec<usize> = (0..model.rows.len()).collect();
        all = Solved { selections: greedy(model, &lines, &rows), optimal: false, bound: all.bound };
    }
    all
}

fn solve_component(model: &Model, component: &Component, left: &mut Effort) -> Solved {
    let start = greedy(model, &component.lines, &component.rows);
    if let ([line], true) = (component.lines.as_slice(), component.rows.is_empty()) {
        let found = start.iter().map(|selection| model.credits(selection)).sum();
        // Alone, so that its credits are the best there are; courses worth none must be all there as well.
        if start.iter().any(|selection| model.found.lines[*line].most() == found && takes_free(model, selection)) {
            return Solved { selections: start, optimal: true, bound: found };
        }
    }
    let mut search = Search::new(model, component, &start);
    let optimal = search.run(model, component, left);
    let credits = search.milp.sum(&search.best, |column| column.credits) * search.milp.unit;
    let bound = if search.proven { credits } else { search.bound.max(credits) };
    Solved { selections: search.milp.selections(model, &search.best), optimal, bound }
}

/// Whether the selection takes every course of its line that is worth no credits.
fn takes_free(model: &Model, selection: &Selection) -> bool {
    match &model.found.lines[selection.line].offer {
        Offer::Plain(_) => true,
        Offer::Courses(courses) => (courses.choices.iter().enumerate())
            .all(|(at, choice)| choice.credits > 0 || selection.choices.binary_search(&at).is_ok()),
    }
}

/// The search in one component.
struct Search {
    milp: Milp,
    /// The same as a packing, where that can be written down and is of use.
    packing: Option<Packing>,
    /// Achievements that are used.
    with: Vec<usize>,
    /// Achievements that are not.
    without: Vec<usize>,
    /// The best values found.
    best: Vec<i64>,
    /// Columns of lines that are out: no better values use them.
    out: Vec<bool>,
    /// Whether the credits are proven.
    proven: bool,
    /// No values give more thousandths.
    bound: i64,
    /// What earlier stages settled: weighted columns and their sum.
    settled: Vec<(Vec<(usize, i64)>, i64)>,
}

/// How a stage ended.
struct Stage {
    /// No allowed values are better.
    proven: bool,
    /// The solver's bound on the objective, where it has one.
    bound: Option<f64>,
}

impl Search {
    fn new(model: &Model, component: &Component, start: &[Selection]) -> Self {
        let milp = Milp::new(model, component);
        let best = milp.values(model, start);
        let bound = component.lines.iter().map(|&line| model.found.lines[line].most()).sum();
        let out = vec![false; milp.columns.len()];
        let (with, without) = (Vec::new(), Vec::new());
        Self { milp, packing: None, with, without, best, out, proven: false, bound, settled: Vec::new() }
    }

    /// Runs the stages; whether all of them were proven.
    fn run(&mut self, model: &Model, component: &Component, left: &mut Effort) -> bool {
        let free: i64 = self.milp.columns.iter().map(|column| column.free).sum();
        // One unit of credit outweighs all exemptions without credits.
        let worth = |column: &Column| column.credits * (free + 1) + column.free;
        let costs: Vec<i64> = self.milp.columns.iter().map(worth).collect();
        self.packing = Packing::new(model, component, self.milp.unit);
        let full = free == 0 && self.fill(model, left);
        let stage = if full { Stage { proven: true, bound: None } } else { self.stage(&costs, left) };
        if !stage.proven {
            if let Some(bound) = stage.bound.filter(|bound| bound.is_finite()) {
                let units = ((bound + 0.5) / as_float(free + 1)).floor();
                self.bound = self.bound.min(whole(units).saturating_mul(self.milp.unit));
            }
            return false;
        }
        self.proven = true;
        self.settle(|column| column.credits);
        self.settle(|column| column.free);
        let proven = self.fewest(model, left) && self.settle_ranks(model, left);
        if proven {
            self.settle_order(left);
        }
        proven
    }

    /// Fills a cap on everything to the brim, if there is one and that is quickly done: more there cannot be.
    fn fill(&mut self, model: &Model, left: &mut Effort) -> bool {
        let Some(credits) = self.packing.as_ref().and_then(Packing::cap) else { return false };
        let found = self.milp.sum(&self.best, |column| column.credits);
        let count = self.milp.uses.len();
        let question = Question { credits, free: 0, count, exact: false, with: &[], without: &[] };
        found == credits
            || match self.ask(&question, FILL_STEPS, left) {
                Answer::Yes(selections) => {
                    let values = self.milp.values(model, &selections);
                    let allowed = self.allows(&values);
                    if allowed {
                        self.best = values;
                    }
                    allowed
                }
                Answer::No | Answer::Unknown => false,
            }
    }

    /// As few achievements as the credits allow.
    fn fewest(&mut self, model: &Model, left: &mut Effort) -> bool {
        let used = self.milp.sum(&self.best, |column| column.achievements);
        let columns = self.milp.columns.iter().map(|column| column.achievements).enumerate();
        let terms: Vec<(usize, i64)> = columns.filter(|term| term.1 != 0).collect();
        // From below: whether so few can do it at all is quicker to tell than which are the fewest.
        let items: Vec<usize> = self.milp.uses.keys().copied().collect();
        let least =
            self.reach(&items, used).and_then(|reach| reach.least()).and_then(|least| i64::try_from(least).ok());
        for count in least.unwrap_or(0)..used {
            self.settled.push((terms.clone(), count));
            let found = self.find(model, count, left);
            self.settled.pop();
            match found {
                None => return false,
                Some(true) => break,
                Some(false) => {}
            }
        }
        self.settle(|column| column.achievements);
        true
    }

    /// Earlier rules and earlier courses, where that is still open: a matter of looks, so a short search will do. Bounded in
    /// branches and not in time, it ends the same way everywhere.
    fn settle_order(&mut self, left: &mut Effort) {
        let costs: Vec<i64> = self.milp.order_costs().into_iter().map(|cost| -cost).collect();
        let mut short = Effort { time: left.time, nodes: Some(ORDER_NODES) };
        self.stage(&costs, &mut short);
        left.time = short.time;
    }

    /// Later stages keep what the best values found so far give of a measure.
    fn settle(&mut self, measure: impl Fn(&Column) -> i64) {
        let terms: Vec<(usize, i64)> = self.milp.columns.iter().map(&measure).enumerate().collect();
        let sum = self.milp.sum(&self.best, measure);
        self.settled.push((terms.into_iter().filter(|term| term.1 != 0).collect(), sum));
    }

    /// What so many of the achievements can make up, in their order; none where lines rest on several together.
    fn reach(&self, order: &[usize], count: i64) -> Option<Reach> {
        let single = self.milp.columns.iter().all(|column| column.achievements <= 1);
        let wanted = self.milp.sum(&self.best, |column| column.credits);
        let (wanted, count) = (usize::try_from(wanted).ok()?, usize::try_from(count).ok()?);
        let amounts = || order.iter().map(|item| self.milp.amounts_of(*item)).collect();
        if single { Reach::new(amounts(), &self.milp.amounts_beside(), wanted, count) } else { None }
    }

    /// Which achievements: one after another, in the order in which they are preferred, each is taken if the rest can
    /// still make up the credits in as few.
    fn settle_ranks(&mut self, model: &Model, left: &mut Effort) -> bool {
        let mut order: Vec<usize> = self.milp.uses.keys().copied().collect();
        order.sort_by_key(|&item| model.view.items[item].rank);
        let count = self.milp.sum(&self.best, |column| column.achievements);
        let mut still = count;
        let mut reach = self.reach(&order, still);
        for (at, &item) in order.iter().enumerate() {
            if still == 0 {
                self.put_out(item);
                continue;
            }
            if !self.uses(item) {
                let open = self.milp.uses[&item].iter().any(|&column| !self.out[column]);
                let rest = usize::try_from(still - 1).unwrap_or(usize::MAX);
                let hope = open && reach.as_ref().is_none_or(|reach| reach.hope(at, rest));
                let before = self.settled.len();
                if hope {
                    let terms = self.milp.uses[&item].iter().map(|&column| (column, 1)).collect();
                    self.settled.push((terms, 1));
                }
                self.with.push(item);
                let found = if hope { self.find(model, count, left) } else { Some(false) };
                self.with.pop();
                self.settled.truncate(before);
                match found {
                    None => return false,
                    Some(false) => {
                        self.put_out(item);
                        continue;
                    }
                    Some(true) => {}
                }
            }
            still -= 1;
            if let Some(reach) = &mut reach {
                reach.take(at);
            }
            let terms = self.milp.uses[&item].iter().map(|&column| (column, 1)).collect();
            self.settled.push((terms, 1));
            self.with.push(item);
        }
        true
    }

    fn uses(&self, item: usize) -> bool {
        self.milp.uses[&item].iter().any(|&column| self.best[column] != 0)
    }

    /// Takes every line out that rests on the achievement.
    fn put_out(&mut self, item: usize) {
        self.without.push(item);
        for &used in &self.milp.uses[&item] {
            let line = self.milp.columns[used].line;
            for (at, column) in self.milp.columns.iter().enumerate() {
                self.out[at] |= column.line == line;
            }
        }
    }

    /// Looks for any values within what is settled, with so many achievements where fewer do not do: they become the best.
    /// None when it is not known whether there are any.
    fn find(&mut self, model: &Model, count: i64, left: &mut Effort) -> Option<bool> {
        let values = &self.best;
        let question = Question {
            credits: self.milp.sum(values, |column| column.credits),
            free: self.milp.sum(values, |column| column.free),
            count: usize::try_from(count).unwrap_or(0),
            exact: true,
            with: &self.with.clone(),
            without: &self.without.clone(),
        };
        match self.ask(&question, STEPS, left) {
            Answer::Yes(selections) => {
                let values = self.milp.values(model, &selections);
                if self.allows(&values) {
                    self.best = values;
                    return Some(true);
                }
            }
            Answer::No => return Some(false),
            Answer::Unknown => {}
        }
        self.find_by_solver(left)
    }

    /// Asks the packing, for as many steps at most as the effort leaves.
    fn ask(&mut self, question: &Question, steps: u64, left: &mut Effort) -> Answer {
        let Some(packing) = &mut self.packing else { return Answer::Unknown };
        // Half of the time at most: the solver may still find what the packing does not.
        let in_time = left.time.map_or(u128::MAX, |time| time.as_nanos() / STEP.as_nanos() / 2);
        let allowed = steps.min(u64::try_from(in_time).unwrap_or(u64::MAX));
        let allowed = allowed.min(left.nodes.map_or(u64::MAX, |nodes| nodes.saturating_mul(NODE_STEPS)));
        if allowed == 0 {
            return Answer::Unknown;
        }
        let mut rest = allowed;
        let answer = packing.ask(question, &mut rest);
        spend(left, STEP * u32::try_from(allowed - rest).unwrap_or(u32::MAX));
        answer
    }

    fn find_by_solver(&mut self, left: &mut Effort) -> Option<bool> {
        let (problem, variables) = self.problem(&vec![0; self.milp.columns.len()]);
        match problem.solve_with(self.options(left, None)?) {
            Ok(outcome) => {
                spend(left, outcome.stats().elapsed);
                let values = read(outcome.solution()?, &variables);
                let allowed = self.allows(&values);
                if allowed {
                    self.best = values;
                }
                allowed.then_some(true)
            }
            Err(microlp::Error::Infeasible) => Some(false),
            // A numerical failure: the solver answers with an error rather than with what it cannot verify.
            Err(_) => None,
        }
    }

    /// Maximises the costs within what is settled; the solver's values are kept if they are allowed and better.
    fn stage(&mut self, costs: &[i64], left: &mut Effort) -> Stage {
        let value = |values: &[i64]| -> i64 { costs.iter().zip(values).map(|(cost, value)| cost * value).sum() };
        let unknown = Stage { proven: false, bound: None };
        let (problem, variables) = self.problem(costs);
        let hint =
            variables.iter().zip(&self.best).filter_map(|(it, value)| Some(((*it)?, as_float(*value)))).collect();
        let Some(options) = self.options(left, Some(hint)) else { return unknown };
        let Ok(outcome) = problem.solve_with(options) else { return unknown };
        let stats = outcome.stats();
        spend(left, stats.elapsed);
        let mut proven = outcome.is_optimal();
        if let Some(solution) = outcome.solution() {
            let values = read(solution, &variables);
            let better = value(&values).cmp(&value(&self.best));
            let allowed = self.allows(&values);
            // An optimum that is not allowed, or below what is known, proves nothing.
            proven &= allowed && better.is_ge();
            if allowed && better.is_gt() {
                self.best = values;
            }
        }
        Stage { proven, bound: stats.best_bound }
    }

    /// None when no time is left.
    fn options(&self, left: &Effort, hint: Option<Vec<(Variable, f64)>>) -> Option<SolveOptions> {
        if left.time == Some(Duration::ZERO) {
            return None;
        }
        let mut options = SolveOptions::default();
        options.time_limit = left.time;
        options.node_limit = left.nodes;
        options.warm_start = hint;
        Some(options)
    }

    fn problem(&self, costs: &[i64]) -> (Problem, Vec<Option<Variable>>) {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let columns = self.milp.columns.iter().zip(costs).zip(&self.out);
        let variables: Vec<Option<Variable>> = columns
            .map(|((column, cost), out)| match i32::try_from(column.most) {
                _ if *out => None,
                Ok(1) => Some(problem.add_binary_var(as_float(*cost))),
                most => Some(problem.add_integer_var(as_float(*cost), (0, most.unwrap_or(i32::MAX)))),
            })
            .collect();
        let row = |terms: &[(usize, i64)]| -> Vec<(Variable, f64)> {
            terms.iter().filter_map(|(column, weight)| Some((variables[*column]?, as_float(*weight)))).collect()
        };
        let mut add = |terms: &[(usize, i64)], op, bound: i64| {
            let row = row(terms);
            // Without any column left the row says something about nothing: the check afterwards sees to it.
            if !row.is_empty() {
                problem.add_constraint(row, op, as_float(bound));
            }
        };
        for bound in &self.milp.bounds {
            if let Some(most) = bound.most {
                add(&bound.terms, ComparisonOp::Le, most);
            }
            if let Some(least) = bound.least {
                add(&bound.terms, ComparisonOp::Ge, least);
            }
        }
        for (terms, sum) in &self.settled {
            add(terms, ComparisonOp::Eq, *sum);
        }
        (problem, variables)
    }

    /// Whether the values keep every row, in whole numbers.
    fn allows(&self, values: &[i64]) -> bool {
        let sum =
            |terms: &[(usize, i64)]| -> i64 { terms.iter().map(|(column, weight)| values[*column] * weight).sum() };
        let within = |column: &Column, value: &i64| (0..=column.most).contains(value);
        self.milp.columns.iter().zip(values).all(|(column, value)| within(column, value))
            && self.milp.bounds.iter().all(|bound| {
                let sum = sum(&bound.terms);
                bound.most.is_none_or(|most| sum <= most) && bound.least.is_none_or(|least| sum >= least)
            })
            && self.settled.iter().all(|(terms, settled)| sum(terms) == *settled)
    }
}

fn spend(left: &mut Effort, time: Duration) {
    left.time = left.time.map(|all| all.saturating_sub(time));
}

fn read(solution: &Solution, variables: &[Option<Variable>]) -> Vec<i64> {
    variables.iter().map(|variable| variable.map_or(0, |it| whole(solution.var_value(it)))).collect()
}

/// Whole numbers below 2^53 are exact.
#[allow(clippy::cast_precision_loss, reason = "amounts and weights stay far below 2^53")]
fn as_float(value: i64) -> f64 {
    value as f64
}

/// The nearest whole number; what does not fit stops at the ends.
#[allow(clippy::cast_possible_truncation, reason = "rounded first; the cast saturates")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}
