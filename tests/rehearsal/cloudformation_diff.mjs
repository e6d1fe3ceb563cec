// Asks npm's @aws-cdk/cloudformation-diff what it makes of pairs of templates.
//
//   node cloudformation_diff.mjs FOLDER < pairs.json > impacts.json
//
// FOLDER is where the package was installed (npm install @aws-cdk/cloudformation-diff). Standard input is a list of
// [old, new]; standard output is a list of {logicalId: impact}, with the package's own words for the impact, or of the
// message of the error where the package throws one.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { readFileSync } from 'node:fs';

const require = createRequire(join(resolve(process.argv[2]), 'package.json'));
const { fullDiff } = require('@aws-cdk/cloudformation-diff');

const pairs = JSON.parse(readFileSync(0, 'utf8'));
const impacts = pairs.map(([old, next]) => {
  const found = {};
  try {
    fullDiff(old, next, undefined, false).resources.forEachDifference((logicalId, change) => {
      found[logicalId] = change.changeImpact;
    });
  } catch (error) {
    return String(error);
  }
  return found;
});
process.stdout.write(JSON.stringify(impacts));
