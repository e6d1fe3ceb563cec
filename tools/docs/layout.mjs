// Reads graphs as JSON, writes them as SVG, both in one list: starting Graphviz costs more than laying a graph out.
import { readFileSync } from 'node:fs';

const { instance } = await import(process.argv[2]);
const viz = await instance();
const graphs = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(graphs.map((graph) => viz.renderString(graph, { format: 'svg', engine: 'dot' }))));
