// Puts the page together.

import { Deaths } from './deaths.js';
import { drawDepartures } from './departures-view.js';
import { byId, setText } from './dom.js';
import { GraphView } from './graph-view.js';
import { History } from './history.js';
import { Inspector } from './inspector.js';
import { ObjectsView } from './objects-view.js';
import { Painter } from './painter.js';
import { Picture } from './picture.js';
import { ProcessesView } from './processes-view.js';
import { QueuesView } from './queues-view.js';
import { Search } from './search.js';
import { follow } from './stream.js';
import { drawSummary } from './summary.js';
import { TimelineView } from './timeline-view.js';

const picture = new Picture();
const deaths = new Deaths();
const history = new History();
const search = new Search();
const painter = new Painter(draw);
const request = () => painter.request();
const inspector = new Inspector(request);
const graph = new GraphView(inspector);
const processes = new ProcessesView(inspector);
const queues = new QueuesView(inspector);
const timeline = new TimelineView();
const objects = new ObjectsView(inspector, request);

function draw() {
  if (picture.at === 0) return;
  const { departures } = deaths;
  drawSummary(picture, [...departures.values()].filter(({ isDeath }) => isDeath).length);
  drawDepartures(departures, picture.at, inspector);
  graph.draw(picture, search);
  processes.draw(picture, search, departures);
  queues.draw(picture, search, history);
  timeline.draw(picture, search, history);
  objects.draw(picture, search);
  inspector.draw(picture, departures);
  document.body.dataset.drawn = `${picture.at}`;
}

/** @param {'live' | 'lost' | 'ended' | 'paused'} state */
function showState(state) {
  const status = byId('status');
  const texts = {
    live: 'live',
    lost: 'connection lost, trying again',
    ended: 'mp web has ended',
    paused: 'paused',
  };
  setText(
    status,
    picture.problem ?? (state === 'live' && !picture.exists ? 'nothing is shared yet' : texts[state]),
  );
  status.className = state;
}

/** @type {'live' | 'lost' | 'ended'} */
let line = 'lost';
/** Whether the picture is held still. What happens meanwhile is not lost. */
let isPaused = false;
const show = () => showState(isPaused ? 'paused' : line);

follow({
  onUpdate: (update) => {
    picture.apply(update);
    deaths.see(picture);
    history.see(picture, deaths.departures);
    show();
    if (!isPaused) painter.request();
  },
  // What was seen before stays, until a look succeeds again.
  onProblem: (problem) => {
    picture.problem = problem;
    show();
  },
  onState: (state) => {
    line = state;
    show();
  },
});

const field = /** @type {HTMLInputElement} */ (byId('search'));
field.addEventListener('input', () => {
  search.text = field.value;
  painter.request();
});

const pause = byId('pause');
function togglePause() {
  isPaused = !isPaused;
  pause.setAttribute('aria-pressed', `${isPaused}`);
  show();
  painter.request();
}
pause.addEventListener('click', togglePause);

addEventListener('keydown', (event) => {
  if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'p') togglePause();
  if (event.key !== '/') return;
  event.preventDefault();
  field.focus();
});
addEventListener('resize', request);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', request);
