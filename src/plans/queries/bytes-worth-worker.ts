/** The thread of one question for what bytes buy: the event loop that serves MQTT never computes. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Situation } from '../pricing/prediction.js';
import { bytesWorthOf } from './bytes-worth.js';

parentPort?.postMessage(bytesWorthOf(workerData as Situation));
