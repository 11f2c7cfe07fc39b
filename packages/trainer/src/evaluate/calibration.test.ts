import { expect, it } from 'vitest';
import { brierScore, expectedCalibrationError } from './calibration.js';

const rows = (confidence: number, right: number, wrong: number) => [
  ...Array.from({ length: right }, () => ({ confidence, correct: true })),
  ...Array.from({ length: wrong }, () => ({ confidence, correct: false })),
];

it('is zero where confidence is the share of right answers, and the distance where it is not', () => {
  expect(expectedCalibrationError(rows(0.75, 3, 1))).toBeCloseTo(0);
  expect(expectedCalibrationError(rows(1, 3, 1))).toBeCloseTo(0.25);
  // Two bins of 4 and 1 cases: 4/5 * 0.25 + 1/5 * 0.15.
  expect(expectedCalibrationError([...rows(1, 3, 1), ...rows(0.15, 0, 1)])).toBeCloseTo(0.23);
});

it('scores by squared distance', () => {
  expect(brierScore(rows(0.5, 1, 1))).toBeCloseTo(0.25);
  expect(brierScore([...rows(1, 1, 0), ...rows(0.2, 0, 1)])).toBeCloseTo(0.02);
  expect([brierScore([]), expectedCalibrationError([])]).toEqual([null, null]);
});
