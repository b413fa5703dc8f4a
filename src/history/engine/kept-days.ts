/** What the history keeps, by the settings of the service. */
import type { Config } from '../../platform/index.js';
import type { KeptDays } from '../rollups/retention.js';

export function keptDaysOf(config: Config): KeptDays {
  const { historyDays, historyMinuteDays, historyHourDays, historyDayDays } = config;
  return {
    frames: historyDays,
    minute: historyMinuteDays,
    hour: historyHourDays,
    day: historyDayDays,
  };
}
