/** The configuration by itself, for a start that must judge flags and settings before it loads anything else. */
export { type Config, ConfigError, readConfig, redactedConfig } from './config.js';
export { exampleEnvironment } from './reference.js';
