/** The REST interface in types. Made of the service's OpenAPI document by `npm run client`, and not to be changed by hand. */
export interface paths {
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List changes, newest first: actor, subject, before, after; `next` is the cursor of the next page, null at the end
         * @description Rejected requests of operators are entries, too: one an hour for each key, or for each address of wrong keys. Their action begins with `refused: `; `after` has the number of requests.
         */
        get: operations["AuditController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/blocks/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a block, an ONNX model; HEAD and Range are supported */
        get: operations["BlocksController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/broker": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get where MQTT is served
         * @description Needs no credential: a device asks before its first connection. The host is the one of this request, unless `url` is set. The ports are those that the service listens on. Behind a forwarding of ports, set `FLOTILLA_MQTT_PUBLIC_URL`.
         */
        get: operations["BrokerController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List commands, newest first: all, or those for a group or a device */
        get: operations["CommandsController_list"];
        put?: never;
        /**
         * Send a command (ping, reprofile, restart, logLevel) to named devices, a group, or all devices with some tags
         * @description An offline device gets it when it connects, unless it has expired. GET the command and its devices for the results.
         */
        post: operations["CommandsController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/commands/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a command, with the number of devices in each state */
        get: operations["CommandsController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/commands/{id}/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the devices of a command with their results */
        get: operations["CommandsController_runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List devices by id, filtered by state, access, group, model, agent version, link class, cameras or tags; `next` is the cursor of the next page, null at the end */
        get: operations["FleetController_list"];
        put?: never;
        /** Enrol a device; its secret is shown only once */
        post: operations["FleetController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a device: presence, birth, telemetry, link, cameras */
        get: operations["FleetController_get"];
        put?: never;
        post?: never;
        /** Delete a device, its history and its live session */
        delete: operations["FleetController_remove"];
        options?: never;
        head?: never;
        /**
         * Change a device: name, model (null: none), deadline (null: automatic), strategy, limits, group (null: none), tags
         * @description strategy: auto finds the best plan; local, cloud and min-cut (partition only) are baselines to compare with. limits: what plans keep within, on bytes, memory and late frames; null removes one.
         */
        patch: operations["FleetController_change"];
        trace?: never;
    };
    "/api/v1/devices/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve a self-enrolled device, or a revoked one that has a new secret */
        post: operations["FleetController_approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/frames": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the frames of a device, newest first */
        get: operations["HistoryController_frames"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/frames/{frame}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a frame with the timeline of its stages */
        get: operations["HistoryController_frame"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/frames/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Export the frames of a device in a range, oldest first, as NDJSON or CSV */
        get: operations["HistoryController_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/latency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the latency of a device by stage, measured and predicted, with percentiles */
        get: operations["HistoryController_latency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the current plan of a device
         * @description With its report and an explanation. 404 PLAN_NONE says what is missing: a model, its examination or block times.
         */
        get: operations["PlansController_plan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/plan/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain the current plan: candidates with their present costs by stage, and the next breakpoints of the link
         * @description Also what the plan is best at, the interval of the frames, how busy a frame keeps device, link and cloud, what plans keep within, and what a megabyte buys. `waiting` says until when a re-plan waits.
         */
        get: operations["PlansController_explain"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/plan/instance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the planning problem of a device: its network as measured, and its link
         * @description A document that `flotilla plan` reads. 404 PLAN_NONE says what is missing: a model, its examination or block times.
         */
        get: operations["PlansController_instance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the plans of a device, newest first; `next` is the cursor of the following page
         * @description FLOTILLA_DOCUMENTS_KEPT superseded plans are kept; older ones are removed every hour.
         */
        get: operations["PlansController_plans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revoke a device: its credentials are void at once and its session ends; its history stays */
        post: operations["FleetController_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the secret of a device; the new one is shown only once
         * @description Without overlapS the old secret is void at once and its session ends. With it both are valid for that time; then the old one expires, and a session it opened ends.
         */
        post: operations["FleetController_rotateSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/shadow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the desired and reported documents of a device */
        get: operations["ShadowController_shadow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/shadow/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one document of a device; its version is the ETag */
        get: operations["ShadowController_twin"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/shadow/model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set the desired model of a device; null: none */
        put: operations["ShadowController_desireModel"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enrol the devices of a file; their secrets are shown only once
         * @description CSV with a head of columns (id, name, group, tags, model, deadlineMs; tags with ; between them), or NDJSON with a device a line as POST /api/v1/devices takes it. Up to 10,000 devices. all-or-none: an invalid row rejects the file, and the error names the lines; row-by-row: valid rows are enrolled, and invalid ones get an error each.
         */
        post: operations["BulkController_enrol"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/drift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List devices that have not applied their newest documents: pending, or rejected and why */
        get: operations["ShadowController_drift"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrolment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the enrolment status of this device: waiting or approved */
        get: operations["EnrolmentController_own"];
        put?: never;
        /**
         * Enrol this device by a token; `access` shows whether it waits for approval
         * @description The device makes its secret itself (32 random bytes in base64url) and keeps it; only a hash is stored. The same request again is answered again and uses the token no second time.
         */
        post: operations["EnrolmentController_enrol"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrolment-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List enrolment tokens, newest first, without their texts; `next` is the cursor of the next page */
        get: operations["TokensController_tokens"];
        put?: never;
        /** Create an enrolment token for devices; it is shown only once */
        post: operations["TokensController_makeToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrolment-tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an enrolment token, without its text */
        get: operations["TokensController_token"];
        put?: never;
        post?: never;
        /** Revoke an enrolment token; devices that enrolled with it stay */
        delete: operations["TokensController_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrolment/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Replace the secret of this device by its own new one; both are valid for `overlapS` */
        put: operations["EnrolmentController_replaceSecret"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/frames/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the frames of the fleet, of a group or of some devices in a range, as NDJSON or CSV
         * @description Devices by id, and the frames of each oldest first. The devices are those of the begin of the export.
         */
        get: operations["HistoryController_exportFleet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List groups with devices and the models they run; a key for some groups sees only those */
        get: operations["GroupsController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/groups/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a group */
        get: operations["GroupsController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the model (null: none), deadline (null: automatic), strategy or limits of all devices now in the group
         * @description Takes effect at once on all devices; a rollout changes them wave by wave.
         */
        patch: operations["GroupsController_change"];
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List operator keys, oldest first, revoked ones too, without their texts */
        get: operations["KeysController_list"];
        put?: never;
        /**
         * Create an operator key; it is shown only once
         * @description viewer: reads. operator: changes devices, models and what they run. admin: also keys and the audit log. With groups, the key sees and changes only devices of these groups.
         */
        post: operations["KeysController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an operator key, without its text */
        get: operations["KeysController_get"];
        put?: never;
        post?: never;
        /** Revoke an operator key */
        delete: operations["KeysController_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/own": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the key of this request */
        get: operations["KeysController_own"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/latency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the latency of the fleet, or of some devices together */
        get: operations["HistoryController_fleetLatency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List models, newest first; `next` is the cursor of the following page */
        get: operations["ModelsController_list"];
        put?: never;
        /**
         * Upload an ONNX model, to be checked, measured and divided into blocks
         * @description Returns 201 when the examination is done. With `Prefer: respond-async` returns 202 at once; poll the state at the Location. Returns 200 when the same file with the same name and manifest exists: calibration inputs that come with it are measured, as an update of that model.
         */
        post: operations["ModelsController_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a model with progress, blocks, tensors and times */
        get: operations["ModelsController_get"];
        put?: never;
        post?: never;
        /** Delete a model that no device is assigned, with the blocks of no other model */
        delete: operations["ModelsController_remove"];
        options?: never;
        head?: never;
        /**
         * Change what a model’s blocks do not depend on; devices that run it follow
         * @description An absent field keeps its value. `policy`: exact (lossless), half (also float16), int8 (also float16 and 8 bits), or {maxRelativeError, minTop1Agreement}: per tensor, any encoding that findings.accuracy shows to be within these bounds. `leaves`: anything, features (no input of the network and no tensor that still shows one), or nothing (no tensor at all). Tensors that `leaves` withholds are rejected from now on. `inputs` and `outputs` replace those of the manifest. Send multipart/form-data to add calibration inputs. A change of what accuracy depends on measures it again: the answer waits, or is 202 with `Prefer: respond-async`. `lastUpdate` shows how that ended.
         */
        patch: operations["ModelsController_change"];
        trace?: never;
    };
    "/api/v1/rollouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List rollouts, newest first: all, or those for a group */
        get: operations["RolloutsController_list"];
        put?: never;
        /**
         * Create a rollout of a model or a scheduling policy, wave by wave
         * @description A wave that fails a gate (failures, p95 compared with the same devices before) rolls every device back.
         */
        post: operations["RolloutsController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rollouts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a rollout: progress, reason of the state, measurements */
        get: operations["RolloutsController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rollouts/{id}/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the devices of a rollout */
        get: operations["RolloutsController_devices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rollouts/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause a rollout: no further device is changed, gates are still evaluated */
        post: operations["RolloutsController_pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rollouts/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a paused rollout */
        post: operations["RolloutsController_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rollouts/{id}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Roll a rollout back: restore the settings of every device */
        post: operations["RolloutsController_rollBack"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the version of the service and of its REST interface
         * @description For every operator key and every device. A client without a credential learns no version.
         */
        get: operations["VersionController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/what-if": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay a bandwidth trace: latencies, switches and fallbacks by policy
         * @description Rows are chosen as the device does it: by the deadline and the price of bytes that its plan carries. The settings of the agent itself are not known here.
         */
        post: operations["WhatIfController_replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check that the process answers */
        get: operations["HealthController_live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/load": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get event-loop delay over the last seconds, processor time, memory and figures of the parts */
        get: operations["HealthController_load"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check that database, disk, broker and workers are ready; 503 with the reasons when not */
        get: operations["HealthController_ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the metrics of this process in the text format of Prometheus */
        get: operations["MetricsController_text"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AuditEntry: {
            action: string;
            actor: string;
            address: string;
            /** @description Any JSON; secrets are left out */
            after: unknown;
            /** @description Any JSON; secrets are left out */
            asked: unknown;
            at: components["schemas"]["Instant"];
            /** @description Any JSON; secrets are left out */
            before: unknown;
            id: string;
            request: string;
            status: number;
            subject: string;
        };
        BrokerAddress: {
            /** @description Port of MQTT without TLS; null where it is not served */
            mqttPort: number | null;
            /** @description Port of MQTT over TLS; null without a certificate */
            mqttsPort: number | null;
            /** @description Where devices reach MQTT, as `FLOTILLA_MQTT_PUBLIC_URL` says; null where unset */
            url: string | null;
            /** @description Path of MQTT over WebSocket, on the port of REST */
            webSocketPath: string;
        };
        Command: {
            createdAt: components["schemas"]["Instant"];
            expiresAt: components["schemas"]["Instant"];
            id: string;
            /** @description True when no device is still to report */
            isOver: boolean;
            /** @enum {string} */
            kind: "ping" | "reprofile" | "restart" | "logLevel";
            level: ("debug" | "info" | "warn" | "error" | "silent") | null;
            /** @description How many devices are in each state; one that no device is in is left out */
            progress: {
                accepted?: number;
                done?: number;
                expired?: number;
                failed?: number;
                queued?: number;
                sent?: number;
            };
            /** @description Conditions that devices meet all of; {"all": true} for every device */
            target: {
                /**
                 * @description Every device; given alone
                 * @enum {boolean}
                 */
                all?: true;
                devices?: string[];
                /** @example indoors */
                group?: string;
                tags?: string[];
            };
        };
        CommandRun: {
            acceptedAt: components["schemas"]["Instant"] | null;
            device: string;
            endedAt: components["schemas"]["Instant"] | null;
            fault: components["schemas"]["ReportedFault"] | null;
            result: string | null;
            sentAt: components["schemas"]["Instant"] | null;
            /** @enum {string} */
            state: "queued" | "sent" | "accepted" | "done" | "failed" | "expired";
        };
        /** @description The plan a device should follow */
        CurrentPlan: {
            desired: components["schemas"]["DesiredPlan"];
            device: string;
            /** @description The current plan, readable */
            explanation: {
                cloudBlocks: string[];
                /** @description Names of the blocks the device runs */
                deviceBlocks: string[];
                /** @description The cut that the device follows: 0 is the plan’s own; another, by its choice */
                follows: {
                    cut: number;
                    since: components["schemas"]["Instant"] | null;
                };
                /** @description The link as it is known now, which may be newer than the one planned for */
                linkNow: {
                    ageMs: number;
                    rttMs: number;
                    uplinkMbps: number;
                };
                model: components["schemas"]["NamedModel"];
                sentBytes: number;
                uplinkMbps: number;
            };
            /** @description null until the device has reported it */
            reported: {
                at: components["schemas"]["Instant"];
                /** @description From the making of the plan to its being applied */
                convergedMs: number | null;
                fault: components["schemas"]["ReportedFault"] | null;
                /** @enum {string} */
                state: "applied" | "refused";
            } | null;
        };
        /** @description As the device got it */
        DesiredPlan: {
            alternatives: {
                strategy: string;
                totalMs: number;
            }[];
            /** Format: date-time */
            at: string;
            cause: {
                /** @enum {string} */
                code: "first" | "link" | "profile" | "drift" | "model" | "source" | "rate" | "operator";
                text: string;
            };
            chunkBytes: number;
            cloud: string[];
            creditBytes: number;
            deadline?: {
                deadlineMs: number;
                risk: number;
            };
            deadlineMs: number;
            device: string[];
            limits?: {
                bytesPrice?: number;
                deviceMemoryBytes?: number;
                maxFrameBytes?: number;
            };
            link: {
                ageMs: number;
                confidence: number;
                downlinkMsPerByte?: number;
                rttMs: number;
                samples: number;
                uplinkMsPerByte: number;
            };
            mix?: {
                cuts: {
                    cloud: string[];
                    device: string[];
                    predicted: {
                        cloudMs: number;
                        deviceMs: number;
                        downlinkMs: number;
                        encodeMs: number;
                        queueMs: number;
                        totalMs: number;
                        uplinkMs: number;
                    };
                    uploads: {
                        bytes: number;
                        /** @enum {string} */
                        encoding: "raw" | "f16" | "u8" | "pixels" | "jpeg";
                        tensor: string;
                    }[];
                }[];
                pattern: number[];
                periodMs: number;
            };
            model: string;
            paced?: {
                intervalMs: number;
                margins?: {
                    device: number;
                    uplink: number;
                };
                sustainedMs: number;
                waitingMs: number;
            };
            predicted: {
                cloudMs: number;
                deviceMs: number;
                downlinkMs: number;
                encodeMs: number;
                queueMs: number;
                totalMs: number;
                uplinkMs: number;
            };
            table?: {
                rows: {
                    cloud: string[];
                    device: string[];
                    predicted: {
                        cloudMs: number;
                        deviceMs: number;
                        downlinkMs: number;
                        encodeMs: number;
                        queueMs: number;
                        totalMs: number;
                        uplinkMs: number;
                    };
                    times: {
                        deviceMs: number;
                        latencyMs: number;
                        ownMs: number;
                        returnMs: number;
                        uploads: {
                            bytes: number;
                            cloudMs: number;
                            readyMs: number;
                        }[];
                    };
                    uploads: {
                        bytes: number;
                        /** @enum {string} */
                        encoding: "raw" | "f16" | "u8" | "pixels" | "jpeg";
                        tensor: string;
                    }[];
                }[];
                times: {
                    deviceMs: number;
                    latencyMs: number;
                    ownMs: number;
                    returnMs: number;
                    uploads: {
                        bytes: number;
                        cloudMs: number;
                        readyMs: number;
                    }[];
                };
            };
            uploads: {
                bytes: number;
                /** @enum {string} */
                encoding: "raw" | "f16" | "u8" | "pixels" | "jpeg";
                tensor: string;
            }[];
            /** @enum {number} */
            v: 1;
            version: number;
        };
        Device: {
            /**
             * @description approved: it can connect; waiting: an operator must approve it; revoked: it cannot connect any more
             * @enum {string}
             */
            access: "approved" | "waiting" | "revoked";
            birth: {
                agent: string;
                blocks: string[];
                cores: number;
                encodeMsPerByte?: {
                    f16?: number;
                    u8?: number;
                };
                encodings: ("raw" | "f16" | "u8" | "pixels" | "jpeg")[];
                intervalMs?: number;
                memoryBytes: number;
                /** @enum {string} */
                objective?: "frame" | "stream";
                /** @enum {string} */
                planForm?: "whole" | "small";
                platform: string;
                runsBlocks?: boolean;
                runtimes: {
                    [key: string]: string;
                };
                sid: string;
                slowdown: number;
                /** @enum {string} */
                source: "image" | "tensor";
                traffic?: {
                    /** @enum {string} */
                    profile: "normal" | "saver" | "minimal";
                    silenceS?: number;
                };
                /** @enum {number} */
                v: 1;
            } | null;
            /** @enum {string} */
            cameraState: "live" | "starting" | "failed" | "ended" | "none" | "unknown";
            createdAt: components["schemas"]["Instant"];
            deadlineMs: number | null;
            group: string | null;
            id: string;
            /** @description Cameras as last reported, with ages of now; their state is unknown, and fps absent, when the device is offline or has sent no telemetry in this session. null: the agent does not report cameras */
            inputs: {
                dropped: number;
                fault?: string;
                fps?: number;
                lastPictureAgeMs?: number;
                name: string;
                restarts: number;
                /** @enum {string} */
                state: "starting" | "live" | "waiting" | "ended" | "unknown";
                tooLarge?: number;
            }[] | null;
            limits: components["schemas"]["PlanningLimits"];
            /** @enum {string} */
            linkClass: "unknown" | "3g" | "4g" | "wifi" | "wired";
            model: components["schemas"]["NamedModel"] | null;
            name: string;
            presence: {
                /** @description Whether the device has a live session, also while its state is `flapping` */
                isConnected: boolean;
                lastSeenAt: components["schemas"]["Instant"] | null;
                reason: string | null;
                sid: string | null;
                /** @description Time of the last connect or disconnect */
                since: components["schemas"]["Instant"];
                /** @enum {string} */
                state: "online" | "offline" | "flapping" | "never-seen";
            };
            /**
             * @description Planning strategy: auto, or a baseline to compare with
             * @enum {string}
             */
            strategy: "auto" | "exact" | "tree" | "path-wise" | "topological" | "min-cut" | "cloud" | "local";
            tags: string[];
            telemetry: {
                ageMs: number;
                /** Format: date-time */
                at: string;
                damageFound?: number;
                diskFault?: string;
                faults?: {
                    code: string;
                    forMs: number;
                    message: string;
                }[];
                framesWaiting: number;
                freeMemoryBytes: number;
                intervalMs?: number;
                intervalSpread?: number;
                isThrottled?: boolean;
                jpegBytes?: number;
                lastDamage?: string;
                link: {
                    ageMs: number;
                    confidence: number;
                    downlinkMsPerByte?: number;
                    rttMs: number;
                    samples: number;
                    uplinkMsPerByte: number;
                } | null;
                load: number;
                receivedAt: components["schemas"]["Instant"];
                recordsDropped?: number;
                recordsWaiting?: number;
                sid: string;
                suppressed?: number;
                temperatureC?: number;
                traffic?: {
                    bytes: {
                        blocks: number;
                        documents: number;
                        overhead: number;
                        pictures: number;
                        probes: number;
                        records: number;
                        results: number;
                        telemetry: number;
                        tensors: number;
                    };
                    month?: {
                        capBytes: number;
                        month: string | null;
                        /** @enum {string} */
                        state: "open" | "spent" | "over";
                        usedBytes: number;
                    };
                    /** @enum {string} */
                    profile: "normal" | "saver" | "minimal";
                };
                /** @enum {number} */
                v: 1;
            } | null;
            /** @description For If-Match: incremented by every change of an operator */
            version: number;
        };
        DeviceLatency: {
            /** @description null: one bucket over all. Local days differ where clocks change */
            bucketMs: number | null;
            /** @description Oldest first; a bucket without frames is left out */
            buckets: {
                count: number;
                from: components["schemas"]["Instant"];
                outcomes: {
                    cloud?: number;
                    failed?: number;
                    "local-fallback"?: number;
                    "local-plan"?: number;
                };
                stages: {
                    cloud?: components["schemas"]["StageLatency"];
                    device?: components["schemas"]["StageLatency"];
                    downlink?: components["schemas"]["StageLatency"];
                    encode?: components["schemas"]["StageLatency"];
                    queue?: components["schemas"]["StageLatency"];
                    total?: components["schemas"]["StageLatency"];
                    uplink?: components["schemas"]["StageLatency"];
                };
                to: components["schemas"]["Instant"];
            }[];
            device: string;
            /** @description With `to`: the range asked for, widened to whole roll-ups where these were used; nothing of it before what is kept */
            from: components["schemas"]["Instant"];
            percentiles: number[];
            /** @description A percentile is within this share of the exact nearest-rank one; 0: it is that one. Counts and means are exact */
            relativeError: number;
            /**
             * @description The frames themselves, or the finest roll-ups that were used
             * @enum {string}
             */
            source: "frames" | "minute" | "hour" | "day";
            to: components["schemas"]["Instant"];
            /** @description Time zone whose days the buckets are; null: UTC */
            tz: string | null;
        };
        /** @description A document that a device has not applied */
        Drift: {
            device: string;
            fault: components["schemas"]["ReportedFault"] | null;
            isConnected: boolean;
            name: string;
            since: components["schemas"]["Instant"];
            sinceMs: number;
            /**
             * @description pending: the device has not reported it yet
             * @enum {string}
             */
            state: "pending" | "refused";
            version: number;
        };
        EnrolmentToken: {
            createdAt: components["schemas"]["Instant"];
            createdBy: string;
            expiresAt: components["schemas"]["Instant"];
            group: string | null;
            id: string;
            maxUses: number;
            model: components["schemas"]["NamedModel"] | null;
            name: string;
            needsApproval: boolean;
            revokedAt: components["schemas"]["Instant"] | null;
            tags: string[];
            uses: number;
        };
        ExplainedPlan: {
            because: string;
            /** @description The nearest rates at which the best cut changes; null where none does */
            breakpoints: {
                faster: {
                    cut: number;
                    uplinkMbps: number;
                } | null;
                slower: {
                    cut: number;
                    uplinkMbps: number;
                } | null;
            };
            /** @description null where bytes do not buy latency: frames back to back, an ordered strategy, or no plan within the limits */
            bytes: {
                /** @description Mean bytes of a frame of the best plan within the limits */
                frameBytes: number;
                /** @description null while the rate of frames is unknown */
                framesPerDay: number | null;
                /** @description Latency, summed over frames, that each further MB would save: the price of the limit */
                furtherMsPerMegabyte: number | null;
                /** @description Its mean latency */
                latencyMs: number;
                /** @description Latency, summed over frames, that each MB sent saves against the next plan that sends less */
                savedMsPerMegabyte: number | null;
                text: string;
                /** @description Least latency of a frame if one more MB a day could be sent */
                withOneMoreMegabyteADayMs: number | null;
            } | null;
            /** @description Best first */
            candidates: {
                blocksOnDevice: number;
                /** @description Its number in the plan; 0 is the plan’s own */
                cut: number;
                /** @description By stage, now; null where it cannot be run */
                predicted: {
                    cloudMs: number;
                    deviceMs: number;
                    downlinkMs: number;
                    encodeMs: number;
                    queueMs: number;
                    totalMs: number;
                    uplinkMs: number;
                } | null;
                uploads: {
                    bytes: number;
                    encoding: string;
                    tensor: string;
                }[];
            }[];
            device: string;
            /** @description The cut that the device follows */
            follows: number;
            /** @description Interval of the frames as the device measured or set it; null while unknown */
            intervalMs: number | null;
            /** @description What plans of the device keep within now; null: no limit */
            limits: {
                /** @description Latency in ms that each KB must save, as set; a plan adds the price of the line */
                bytesPrice: number | null;
                /** @description By when frames should have ended, and which share of them may end later */
                deadline: {
                    deadlineMs: number;
                    risk: number;
                } | null;
                /** @description Max bytes of the blocks on the device */
                deviceMemoryBytes: number | null;
                /** @description What the month’s cap leaves for one frame */
                maxFrameBytes: number | null;
                /** @description The cap of the calendar month (UTC); null without one */
                month: {
                    endsAt: components["schemas"]["Instant"] | null;
                    /** @description Frames expected until the month ends */
                    framesLeft: number | null;
                    leftBytes: number | null;
                    monthlyBytes: number;
                    /**
                     * @description What that comes from: their interval, or the frames of the last days
                     * @enum {string}
                     */
                    rateFrom: "interval" | "history" | "unknown";
                    /** @description null while it is unknown */
                    sentBytes: number | null;
                    text: string;
                } | null;
                /** @description Why no plan keeps within the limits; null where one does */
                unmet: string | null;
                /** @description null for a device without a site */
                uplink: {
                    /** @description What the line adds to the price of bytes, in ms for each KB; 0 while it is not full */
                    bytesPrice: number | null;
                    /** @description Devices that share it; null while that is not known */
                    devices: number | null;
                    /** @description Fair interval of its frames; null: as they come */
                    intervalMs: number | null;
                    /** @description Share of the rate that their frames are planned to use */
                    load: number | null;
                    /** @description Rate of the line; of a site with many devices, of the part that these devices share */
                    mbps: number;
                    /** @description Mean rate that the frames of the device may use; null: no limit */
                    shareMbps: number | null;
                    site: string;
                    /** @description That interval over the shortest one that the device could have alone */
                    slowdown: number | null;
                    text: string;
                } | null;
            };
            /** @description How long a frame keeps each machine busy, on average; null where it cannot be run */
            loads: {
                /** @description On one of the workers that the device may count on */
                cloudMs: number;
                deviceMs: number;
                /** @description Shortest interval that the busiest machine sustains */
                shortestMs: number;
                uplinkMs: number;
            } | null;
            /** @description What a plan for an interval keeps free because times vary; null for other plans */
            margins: {
                cloud: {
                    /** @description Share of the interval that the machine keeps free */
                    share: number;
                    /** @description Mean of measured over predicted times; null: unknown. Above 1 it reduces the rate */
                    slower: number | null;
                    /**
                     * @description assumed: too little was measured, so the margin is at least a tenth; line: the device has no larger share of the line of its site
                     * @enum {string}
                     */
                    source: "measured" | "assumed" | "line";
                    /** @description Standard deviation of the times of frames, as a share of their mean; null: unknown */
                    spread: number | null;
                };
                device: {
                    /** @description Share of the interval that the machine keeps free */
                    share: number;
                    /** @description Mean of measured over predicted times; null: unknown. Above 1 it reduces the rate */
                    slower: number | null;
                    /**
                     * @description assumed: too little was measured, so the margin is at least a tenth; line: the device has no larger share of the line of its site
                     * @enum {string}
                     */
                    source: "measured" | "assumed" | "line";
                    /** @description Standard deviation of the times of frames, as a share of their mean; null: unknown */
                    spread: number | null;
                };
                /** @description Standard deviation of the gaps between frames, as a share of the interval */
                gapSpread: number | null;
                /** @description Mean wait for a machine, as a share of the interval, that measured margins below 0.3 keep */
                promisedWait: number;
                uplink: {
                    /** @description Share of the interval that the machine keeps free */
                    share: number;
                    /** @description Mean of measured over predicted times; null: unknown. Above 1 it reduces the rate */
                    slower: number | null;
                    /**
                     * @description assumed: too little was measured, so the margin is at least a tenth; line: the device has no larger share of the line of its site
                     * @enum {string}
                     */
                    source: "measured" | "assumed" | "line";
                    /** @description Standard deviation of the times of frames, as a share of their mean; null: unknown */
                    spread: number | null;
                };
            } | null;
            /**
             * @description What the plan is best at: a single frame, frames back to back, or at an interval
             * @enum {string}
             */
            objective: "frame" | "stream" | "paced";
            /** @description What simpler strategies would cost, as predicted with the plan */
            strategies: {
                strategy: string;
                totalMs: number;
            }[];
            version: number;
            /** @description null where no re-plan waits */
            waiting: {
                /** @description The weightiest cause that came meanwhile */
                cause: string;
                since: components["schemas"]["Instant"];
                /** @description When the device is planned for, by what is known then */
                until: components["schemas"]["Instant"];
            } | null;
        };
        Group: {
            /** @description Those that have a session now */
            connected: number;
            devices: number;
            /** @description How many devices are to run which model; null: none */
            models: {
                devices: number;
                model: components["schemas"]["NamedModel"] | null;
            }[];
            name: string;
        };
        /**
         * Format: date-time
         * @description ISO 8601, in UTC
         * @example 2026-11-23T09:30:00.000Z
         */
        Instant: string;
        Latency: {
            /** @description null: one bucket over all. Local days differ where clocks change */
            bucketMs: number | null;
            /** @description Oldest first; a bucket without frames is left out */
            buckets: {
                count: number;
                from: components["schemas"]["Instant"];
                outcomes: {
                    cloud?: number;
                    failed?: number;
                    "local-fallback"?: number;
                    "local-plan"?: number;
                };
                stages: {
                    cloud?: components["schemas"]["StageLatency"];
                    device?: components["schemas"]["StageLatency"];
                    downlink?: components["schemas"]["StageLatency"];
                    encode?: components["schemas"]["StageLatency"];
                    queue?: components["schemas"]["StageLatency"];
                    total?: components["schemas"]["StageLatency"];
                    uplink?: components["schemas"]["StageLatency"];
                };
                to: components["schemas"]["Instant"];
            }[];
            /** @description With `to`: the range asked for, widened to whole roll-ups where these were used; nothing of it before what is kept */
            from: components["schemas"]["Instant"];
            percentiles: number[];
            /** @description A percentile is within this share of the exact nearest-rank one; 0: it is that one. Counts and means are exact */
            relativeError: number;
            /**
             * @description The frames themselves, or the finest roll-ups that were used
             * @enum {string}
             */
            source: "frames" | "minute" | "hour" | "day";
            to: components["schemas"]["Instant"];
            /** @description Time zone whose days the buckets are; null: UTC */
            tz: string | null;
        };
        /** @description An item of a list: all of its fields, or those of `fields` */
        ListedDevice: {
            /**
             * @description approved: it can connect; waiting: an operator must approve it; revoked: it cannot connect any more
             * @enum {string}
             */
            access?: "approved" | "waiting" | "revoked";
            birth?: {
                agent: string;
                blocks: string[];
                cores: number;
                encodeMsPerByte?: {
                    f16?: number;
                    u8?: number;
                };
                encodings: ("raw" | "f16" | "u8" | "pixels" | "jpeg")[];
                intervalMs?: number;
                memoryBytes: number;
                /** @enum {string} */
                objective?: "frame" | "stream";
                /** @enum {string} */
                planForm?: "whole" | "small";
                platform: string;
                runsBlocks?: boolean;
                runtimes: {
                    [key: string]: string;
                };
                sid: string;
                slowdown: number;
                /** @enum {string} */
                source: "image" | "tensor";
                traffic?: {
                    /** @enum {string} */
                    profile: "normal" | "saver" | "minimal";
                    silenceS?: number;
                };
                /** @enum {number} */
                v: 1;
            } | null;
            /** @enum {string} */
            cameraState?: "live" | "starting" | "failed" | "ended" | "none" | "unknown";
            createdAt?: components["schemas"]["Instant"];
            deadlineMs?: number | null;
            group?: string | null;
            id: string;
            /** @description Cameras as last reported, with ages of now; their state is unknown, and fps absent, when the device is offline or has sent no telemetry in this session. null: the agent does not report cameras */
            inputs?: {
                dropped: number;
                fault?: string;
                fps?: number;
                lastPictureAgeMs?: number;
                name: string;
                restarts: number;
                /** @enum {string} */
                state: "starting" | "live" | "waiting" | "ended" | "unknown";
                tooLarge?: number;
            }[] | null;
            limits?: components["schemas"]["PlanningLimits"];
            /** @enum {string} */
            linkClass?: "unknown" | "3g" | "4g" | "wifi" | "wired";
            model?: components["schemas"]["NamedModel"] | null;
            name?: string;
            presence?: {
                /** @description Whether the device has a live session, also while its state is `flapping` */
                isConnected: boolean;
                lastSeenAt: components["schemas"]["Instant"] | null;
                reason: string | null;
                sid: string | null;
                /** @description Time of the last connect or disconnect */
                since: components["schemas"]["Instant"];
                /** @enum {string} */
                state: "online" | "offline" | "flapping" | "never-seen";
            };
            /**
             * @description Planning strategy: auto, or a baseline to compare with
             * @enum {string}
             */
            strategy?: "auto" | "exact" | "tree" | "path-wise" | "topological" | "min-cut" | "cloud" | "local";
            tags?: string[];
            telemetry?: {
                ageMs: number;
                /** Format: date-time */
                at: string;
                damageFound?: number;
                diskFault?: string;
                faults?: {
                    code: string;
                    forMs: number;
                    message: string;
                }[];
                framesWaiting: number;
                freeMemoryBytes: number;
                intervalMs?: number;
                intervalSpread?: number;
                isThrottled?: boolean;
                jpegBytes?: number;
                lastDamage?: string;
                link: {
                    ageMs: number;
                    confidence: number;
                    downlinkMsPerByte?: number;
                    rttMs: number;
                    samples: number;
                    uplinkMsPerByte: number;
                } | null;
                load: number;
                receivedAt: components["schemas"]["Instant"];
                recordsDropped?: number;
                recordsWaiting?: number;
                sid: string;
                suppressed?: number;
                temperatureC?: number;
                traffic?: {
                    bytes: {
                        blocks: number;
                        documents: number;
                        overhead: number;
                        pictures: number;
                        probes: number;
                        records: number;
                        results: number;
                        telemetry: number;
                        tensors: number;
                    };
                    month?: {
                        capBytes: number;
                        month: string | null;
                        /** @enum {string} */
                        state: "open" | "spent" | "over";
                        usedBytes: number;
                    };
                    /** @enum {string} */
                    profile: "normal" | "saver" | "minimal";
                };
                /** @enum {number} */
                v: 1;
            } | null;
            /** @description For If-Match: incremented by every change of an operator */
            version?: number;
        };
        /** @description An item of a list: all of its fields, or those of `fields` */
        ListedFrame: {
            answer?: {
                index: number;
                label?: string;
                score: number;
            } | null;
            clockErrorMs?: number | null;
            cloud?: {
                arrivedMs: number;
                completeMs: number | null;
                /** @description result, or the code of the fault */
                endedAs: string;
                endedMs: number;
                queueMs: number | null;
                runMs: number | null;
            } | null;
            deadlineMs?: number;
            device: string;
            fault?: components["schemas"]["ReportedFault"] | null;
            frame: string;
            link?: {
                rttMs: number | null;
                uplinkMsPerByte: number;
            } | null;
            /** @enum {string} */
            linkClass?: "unknown" | "3g" | "4g" | "wifi" | "wired";
            measured?: {
                cloudMs: number;
                deviceMs: number;
                downlinkMs: number;
                encodeMs: number;
                queueMs: number;
                uplinkMs: number;
            };
            /** @description Digest of the model */
            model?: string;
            /** @enum {string} */
            outcome?: "cloud" | "local-plan" | "local-fallback" | "failed";
            planVersion?: number;
            predicted?: {
                cloudMs: number;
                deviceMs: number;
                downlinkMs: number;
                encodeMs: number;
                queueMs: number;
                totalMs: number;
                uplinkMs: number;
            } | null;
            receivedAt?: components["schemas"]["Instant"];
            sentBytes?: number;
            skewMs?: number;
            source?: string | null;
            startedAt?: components["schemas"]["Instant"];
            totalMs?: number;
        };
        /** @description An item of a list: all of its fields, or those of `fields` */
        ListedModel: {
            createdAt?: components["schemas"]["Instant"];
            /** @description SHA-256 of the model in normal form, as in documents, plans and frames */
            digest?: string | null;
            /** @description Why the model is refused */
            fault?: components["schemas"]["ReportedFault"] | null;
            fileBytes?: number;
            /** @description SHA-256 of the uploaded file */
            fileDigest?: string;
            id: string;
            lastUpdate?: {
                endedAt: string | null;
                fault: {
                    code: string;
                    message: string;
                } | null;
                /** Format: date-time */
                startedAt: string;
                /** @enum {string} */
                state: "running" | "done" | "failed";
            } | null;
            name?: string;
            /** @description Progress of the examination, or of an update */
            progress?: {
                /** @description Completed share, 0 to 1 */
                share: number;
                /** @enum {string} */
                step: "read" | "measure" | "units" | "plans" | "blocks" | "accuracy" | "cuts";
                text: string;
            } | null;
            readyAt?: components["schemas"]["Instant"] | null;
            /** @enum {string} */
            state?: "checking" | "ready" | "refused";
            /** @description Null until the model is ready */
            version?: number | null;
        };
        /** @description An item of a list: all of its fields, or those of `fields` */
        ListedPlan: {
            desired?: components["schemas"]["DesiredPlan"];
            /** @description null until the device has reported it */
            reported?: {
                at: components["schemas"]["Instant"];
                /** @description From the making of the plan to its being applied */
                convergedMs: number | null;
                fault: components["schemas"]["ReportedFault"] | null;
                /** @enum {string} */
                state: "applied" | "refused";
            } | null;
            /** @description That of `desired`, also where `desired` was not chosen */
            version: number;
        };
        /** @description A model with its manifest, document and findings */
        Model: {
            createdAt: components["schemas"]["Instant"];
            /** @description SHA-256 of the model in normal form, as in documents, plans and frames */
            digest: string | null;
            document: {
                blocks: {
                    bytes: number;
                    digest: string;
                    inputs: string[];
                    name: string;
                    outputs: string[];
                }[];
                digest: string;
                id: string;
                inputs: {
                    example?: number[];
                    image?: {
                        /**
                         * @default RGB
                         * @enum {string}
                         */
                        channels: "RGB" | "BGR" | "GRAY";
                        /** @default 1 */
                        deviation: number | number[];
                        /**
                         * @default fill
                         * @enum {string}
                         */
                        fit: "fill" | "cover" | "contain";
                        height: number;
                        /**
                         * @default NCHW
                         * @enum {string}
                         */
                        layout: "NCHW" | "NHWC";
                        /** @default 0 */
                        mean: number | number[];
                        /** @default 0.00392156862745098 */
                        scale: number;
                        width: number;
                    };
                    name: string;
                }[];
                /** @enum {string} */
                leaves?: "anything" | "features" | "nothing";
                name: string;
                outputs: {
                    /** @enum {string} */
                    kind: "classes" | "raw";
                    labels?: string[];
                    name: string;
                }[];
                tensors: {
                    bytes: number;
                    dims: number[];
                    /** @enum {string} */
                    dtype: "float32" | "uint8" | "int8" | "uint16" | "int16" | "int32" | "int64" | "bool" | "float16" | "float64" | "uint32" | "uint64";
                    name: string;
                    /** @enum {boolean} */
                    showsInput?: true;
                    /** @enum {boolean} */
                    sizeVaries?: true;
                }[];
                version: number;
            } | null;
            /** @description Why the model is refused */
            fault: components["schemas"]["ReportedFault"] | null;
            fileBytes: number;
            /** @description SHA-256 of the uploaded file */
            fileDigest: string;
            /** @description Units of the network and times in the cloud */
            findings: {
                accuracy?: {
                    files?: string[];
                    inputs: number;
                    /** @enum {string} */
                    source: "uploaded" | "synthetic";
                    tensors: {
                        /** @enum {string} */
                        encoding: "f16" | "u8";
                        maxRelativeError: number;
                        tensor: string;
                        top1Agreement: number | null;
                    }[];
                    warning?: string;
                };
                cloud: {
                    digest: string;
                    medianMs: number;
                    runs: number;
                    spreadMs: number;
                }[];
                decodeMsPerByte?: {
                    f16: number;
                    jpeg: number;
                    pixels: number;
                    u8: number;
                };
                edges: number;
                maxAbsDiff: number;
                threads: number;
                units: {
                    medianMs: number;
                    name: string;
                    op: string;
                    outputBytes: number;
                }[];
            } | null;
            id: string;
            lastUpdate: {
                endedAt: string | null;
                fault: {
                    code: string;
                    message: string;
                } | null;
                /** Format: date-time */
                startedAt: string;
                /** @enum {string} */
                state: "running" | "done" | "failed";
            } | null;
            manifest: {
                /** @default [] */
                inputs: {
                    dims?: number[];
                    example?: number[];
                    image?: {
                        /**
                         * @default RGB
                         * @enum {string}
                         */
                        channels: "RGB" | "BGR" | "GRAY";
                        /** @default 1 */
                        deviation: number | number[];
                        /**
                         * @default fill
                         * @enum {string}
                         */
                        fit: "fill" | "cover" | "contain";
                        height: number;
                        /**
                         * @default NCHW
                         * @enum {string}
                         */
                        layout: "NCHW" | "NHWC";
                        /** @default 0 */
                        mean: number | number[];
                        /** @default 0.00392156862745098 */
                        scale: number;
                        width: number;
                    };
                    name?: string;
                }[];
                /**
                 * @default anything
                 * @enum {string}
                 */
                leaves: "anything" | "features" | "nothing";
                name?: string;
                /** @default [] */
                outputs: {
                    /**
                     * @default raw
                     * @enum {string}
                     */
                    kind: "classes" | "raw";
                    labels?: string[];
                    name?: string;
                }[];
                /** @default exact */
                policy: ("exact" | "half" | "int8") | {
                    maxRelativeError?: number;
                    minTop1Agreement?: number;
                };
            };
            name: string;
            /** @description Progress of the examination, or of an update */
            progress: {
                /** @description Completed share, 0 to 1 */
                share: number;
                /** @enum {string} */
                step: "read" | "measure" | "units" | "plans" | "blocks" | "accuracy" | "cuts";
                text: string;
            } | null;
            readyAt: components["schemas"]["Instant"] | null;
            /** @enum {string} */
            state: "checking" | "ready" | "refused";
            /** @description Null until the model is ready */
            version: number | null;
        };
        /** @description A model as answers name it */
        NamedModel: {
            /** @description SHA-256 of the model in normal form, as in documents, plans and frames */
            digest: string | null;
            id: string | null;
            /** @description Null: the model is deleted */
            name: string | null;
            /** @description Null until the model is ready */
            version: number | null;
        };
        NewEnrolmentToken: {
            createdAt: components["schemas"]["Instant"];
            createdBy: string;
            expiresAt: components["schemas"]["Instant"];
            group: string | null;
            id: string;
            maxUses: number;
            model: components["schemas"]["NamedModel"] | null;
            name: string;
            needsApproval: boolean;
            revokedAt: components["schemas"]["Instant"] | null;
            tags: string[];
            /** @description Shown only once */
            token: string;
            uses: number;
        };
        NewOperatorKey: {
            createdAt: components["schemas"]["Instant"];
            expiresAt: components["schemas"]["Instant"] | null;
            /** @description null: the whole fleet */
            groups: string[] | null;
            id: string;
            /** @description Shown only once */
            key: string;
            name: string;
            revokedAt: components["schemas"]["Instant"] | null;
            /** @enum {string} */
            role: "viewer" | "operator" | "admin";
        };
        OperatorKey: {
            createdAt: components["schemas"]["Instant"];
            expiresAt: components["schemas"]["Instant"] | null;
            /** @description null: the whole fleet */
            groups: string[] | null;
            id: string;
            name: string;
            revokedAt: components["schemas"]["Instant"] | null;
            /** @enum {string} */
            role: "viewer" | "operator" | "admin";
        };
        /** @description The planning problem of a device, as measured now */
        PlanningInstance: {
            /** @description ms per KB */
            bytesPrice?: number;
            deviceMemoryBytes?: number;
            /** @description The second reads the first */
            edges: [
                string,
                string
            ][];
            /** @description Of paced: from frame to frame */
            intervalMs?: number;
            layers: {
                cloudMs: number;
                deviceMs: number;
                /** @description How its output may be sent; empty where it must not be */
                encodings: {
                    bytes: number;
                    decodeMs: number;
                    encodeMs: number;
                    name: string;
                }[];
                /** @description Name of a block, or an input of the model */
                id: string;
                /** @description Memory that the device needs to hold it */
                memoryBytes?: number;
                outputBytes: number;
            }[];
            link: {
                downlinkMbps: number;
                /** @description One way */
                latencyMs: number;
                perTensorMs: number;
                resultBytes: number;
                uplinkMbps: number;
            };
            maxFrameBytes?: number;
            /** @description The device */
            name: string;
            /** @enum {string} */
            objective: "frame" | "stream" | "paced";
            /** @description Of paced: share of its time that each machine keeps free */
            slack?: {
                cloud: number;
                device: number;
                uplink: number;
            };
            /** @description Tails of a stream that the cloud runs at a time */
            workers: number;
        };
        PlanningLimits: {
            /** @description Latency in ms that each KB (1000 bytes) must save */
            bytesPrice: number | null;
            /** @description By when frames should have ended, and which share of them may end later */
            deadline: {
                deadlineMs: number;
                risk: number;
            } | null;
            /** @description Max bytes of the blocks that the device runs */
            deviceMemoryBytes: number | null;
            /** @description Max bytes that the frames of a calendar month (UTC) send */
            monthlyBytes: number | null;
            /** @description The line that all devices of a site share. Devices with the same site are planned together; where they name different rates, the lowest counts. Only a key for the whole fleet sets it */
            uplink: {
                mbps: number;
                site: string;
            } | null;
        };
        Problem: {
            /** @enum {string} */
            code: "REQUEST_INVALID" | "UNAUTHORIZED" | "FORBIDDEN" | "CONFIG_INVALID" | "MESSAGE_MALFORMED" | "MESSAGE_UNUSED" | "UPLOAD_TOO_LARGE" | "UPLOAD_TYPE" | "REQUEST_TIMEOUT" | "ROUTE_UNKNOWN" | "METHOD_NOT_ALLOWED" | "RATE_LIMITED" | "KEY_UNKNOWN" | "KEY_NEEDED" | "DEVICE_WAITING" | "ENROLMENT_REFUSED" | "TOKEN_UNKNOWN" | "IDEMPOTENCY_MISMATCH" | "IDEMPOTENCY_UNFINISHED" | "CHUNK_MALFORMED" | "CHUNK_VERSION" | "CHUNK_CHECKSUM" | "CHUNK_MISMATCH" | "CHUNK_CONFLICT" | "TENSOR_WITHHELD" | "PLAN_STALE" | "FRAME_REPLAYED" | "FRAME_EXPIRED" | "FRAME_REFUSED" | "FRAME_ABANDONED" | "FRAME_FAILED" | "WORKER_LOST" | "DEVICE_UNKNOWN" | "DEVICE_EXISTS" | "GROUP_UNKNOWN" | "VERSION_CONFLICT" | "COMMAND_UNKNOWN" | "ROLLOUT_UNKNOWN" | "ROLLOUT_CONFLICT" | "ROLLOUT_STATE" | "MODEL_UNKNOWN" | "MODEL_NOT_READY" | "MODEL_IN_USE" | "MODEL_NOT_ONNX" | "EXAMPLE_NEEDED" | "MODEL_REFUSED" | "MODEL_TOO_COSTLY" | "CALIBRATION_INVALID" | "MANIFEST_INVALID" | "BLOCK_UNKNOWN" | "BLOCK_CORRUPT" | "FRAME_UNKNOWN" | "PLAN_NONE" | "PLAN_IMPOSSIBLE" | "INSTANCE_INVALID" | "INPUT_UNREADABLE" | "INPUT_TOO_LARGE" | "INPUT_MISMATCH" | "DISK_FULL" | "DISK_FAILED" | "FILES_EXHAUSTED" | "DATABASE_UNAVAILABLE" | "DATABASE_NOT_EMPTY" | "DATABASE_NEWER" | "DATABASE_DAMAGED" | "MIGRATION_FAILED" | "DATA_LOCKED" | "SHUTTING_DOWN" | "CLOUD_UNREACHABLE" | "INTERNAL";
            /** @description What is wrong, where, and what to do. */
            detail: string;
            status: number;
            /** @description Meaning of the code. */
            title: string;
            /** @example urn:flotilla:fault:DEVICE_UNKNOWN */
            type: string;
        };
        ReportedFault: {
            code: string;
            message: string;
        };
        Rollout: {
            /** @description What it waits for, or why it was rolled back */
            because: string;
            change: {
                deadlineMs?: number | null;
                /**
                 * @description Id, digest, name (its newest ready version) or name@version of a model; in filters, a name means all its versions
                 * @example mobilenetv2@3
                 */
                model?: string;
                /** @enum {string} */
                strategy?: "auto" | "exact" | "tree" | "path-wise" | "topological" | "min-cut" | "cloud" | "local";
            };
            createdAt: components["schemas"]["Instant"];
            endedAt: components["schemas"]["Instant"] | null;
            events: {
                at: components["schemas"]["Instant"];
                text: string;
            }[];
            gates: {
                /** @default 3600 */
                absentS: number;
                /** @default 900 */
                convergeS: number;
                /** @default 0.05 */
                maxFailures: number;
                /** @default 1.5 */
                maxP95Factor: number;
                /** @default 50 */
                minFrames: number;
                /** @default 60 */
                observeS: number;
                /** @default 180 */
                silentS: number;
                /** @default 120 */
                warmUpS: number;
            };
            id: string;
            /** @description Frames of the wave under way, and who is not well, when it was last judged */
            measured: {
                /** @description Offline devices without the change, which get it when they come within absentS */
                absent: {
                    count: number;
                    /** @description The first 20 of them */
                    devices: {
                        device: string;
                        since: components["schemas"]["Instant"] | null;
                    }[];
                };
                /** @description Frames without a session, and of the first warmUpS of a later one, are left out. p95Ms: of the devices that ran frames before, so that each is compared with itself */
                after: {
                    failed: number;
                    /** @description Frames the device had to finish because the cloud did not answer */
                    fallbacks: number;
                    frames: number;
                    /** @description Of the frames that did not fail; null without any */
                    p95Ms: number | null;
                };
                at: components["schemas"]["Instant"];
                /** @description Without the first frames of a session (warmUpS) */
                before: {
                    failed: number;
                    /** @description Frames the device had to finish because the cloud did not answer */
                    fallbacks: number;
                    frames: number;
                    /** @description Of the frames that did not fail; null without any */
                    p95Ms: number | null;
                };
                /** @description Frames of those devices; the p95 is not judged below 10 */
                comparedFrames: number;
                failed: {
                    count: number;
                    /** @description The first 20 of them */
                    devices: {
                        device: string;
                        since: components["schemas"]["Instant"] | null;
                    }[];
                };
                /** @description Ready devices without a frame since that ran some before: failed after convergeS */
                idle: {
                    count: number;
                    /** @description The first 20 of them */
                    devices: {
                        device: string;
                        since: components["schemas"]["Instant"] | null;
                    }[];
                };
                /** @description Devices whose session began after their switch, less than silentS ago: no wave passes while too many are */
                restarted: {
                    count: number;
                    /** @description The first 20 of them */
                    devices: {
                        device: string;
                        since: components["schemas"]["Instant"] | null;
                    }[];
                };
                /** @description Offline devices that have the change: failed after silentS */
                silent: {
                    count: number;
                    /** @description The first 20 of them */
                    devices: {
                        device: string;
                        since: components["schemas"]["Instant"] | null;
                    }[];
                };
            } | null;
            /** @enum {string} */
            state: "running" | "paused" | "rolling-back" | "rolled-back" | "done";
            /** @description Conditions that devices meet all of; {"all": true} for every device */
            target: {
                /**
                 * @description Every device; given alone
                 * @enum {boolean}
                 */
                all?: true;
                devices?: string[];
                /** @example indoors */
                group?: string;
                tags?: string[];
            };
            /** @description The wave under way, from 0 */
            wave: number;
            waves: {
                /** @description How many devices are in each state; one that no device is in is left out */
                devices: {
                    absent?: number;
                    failed?: number;
                    left?: number;
                    ready?: number;
                    restored?: number;
                    restoring?: number;
                    switching?: number;
                    waiting?: number;
                };
                share: number;
            }[];
        };
        RolloutDevice: {
            /** @description Settings before the rollout, of those it changes */
            before: {
                deadlineMs?: number | null;
                model?: string | null;
                /** @enum {string} */
                strategy?: "auto" | "exact" | "tree" | "path-wise" | "topological" | "min-cut" | "cloud" | "local";
            };
            device: string;
            fault: string | null;
            /** @description Begin of the session in which it was switched; null where it was not */
            onlineSince: components["schemas"]["Instant"] | null;
            /** @description When a frame was first seen since it is ready */
            ranAt: components["schemas"]["Instant"] | null;
            /** @description Frames in the 15 minutes before its switch; null while not counted */
            ranBefore: number | null;
            readyAt: components["schemas"]["Instant"] | null;
            /** @enum {string} */
            state: "waiting" | "switching" | "ready" | "failed" | "restoring" | "restored" | "left" | "absent";
            switchedAt: components["schemas"]["Instant"] | null;
            wave: number;
        };
        Shadow: {
            device: string;
            isConnected: boolean;
            twins: {
                model: components["schemas"]["Twin"];
                plan: components["schemas"]["Twin"];
            };
            /** @description Version of the device’s settings, for the If-Match of their PATCH */
            version: number;
        };
        StageLatency: {
            /** @description With compare=predicted: measured less predicted; null where one of them is */
            difference?: {
                meanMs: number;
                /**
                 * @example {
                 *       "p50": 41.2,
                 *       "p95": 97
                 *     }
                 */
                percentilesMs: {
                    [key: string]: number;
                };
            } | null;
            measured: {
                count: number;
                meanMs: number;
                /**
                 * @example {
                 *       "p50": 41.2,
                 *       "p95": 97
                 *     }
                 */
                percentilesMs: {
                    [key: string]: number;
                };
            } | null;
            predicted: {
                count: number;
                meanMs: number;
                /**
                 * @example {
                 *       "p50": 41.2,
                 *       "p95": 97
                 *     }
                 */
                percentilesMs: {
                    [key: string]: number;
                };
            } | null;
        };
        TimedFrame: {
            answer: {
                index: number;
                label?: string;
                score: number;
            } | null;
            clockErrorMs: number | null;
            cloud: {
                arrivedMs: number;
                completeMs: number | null;
                /** @description result, or the code of the fault */
                endedAs: string;
                endedMs: number;
                queueMs: number | null;
                runMs: number | null;
            } | null;
            deadlineMs: number;
            device: string;
            fault: components["schemas"]["ReportedFault"] | null;
            frame: string;
            link: {
                rttMs: number | null;
                uplinkMsPerByte: number;
            } | null;
            /** @enum {string} */
            linkClass: "unknown" | "3g" | "4g" | "wifi" | "wired";
            measured: {
                cloudMs: number;
                deviceMs: number;
                downlinkMs: number;
                encodeMs: number;
                queueMs: number;
                uplinkMs: number;
            };
            /** @description Digest of the model */
            model: string;
            /** @enum {string} */
            outcome: "cloud" | "local-plan" | "local-fallback" | "failed";
            planVersion: number;
            predicted: {
                cloudMs: number;
                deviceMs: number;
                downlinkMs: number;
                encodeMs: number;
                queueMs: number;
                totalMs: number;
                uplinkMs: number;
            } | null;
            receivedAt: components["schemas"]["Instant"];
            sentBytes: number;
            skewMs: number;
            source: string | null;
            startedAt: components["schemas"]["Instant"];
            timeline: {
                measured: {
                    /** @description Since the frame began */
                    fromMs: number;
                    stage: string;
                    toMs: number;
                }[];
                predicted: {
                    /** @description Since the frame began */
                    fromMs: number;
                    stage: string;
                    toMs: number;
                }[] | null;
            };
            totalMs: number;
        };
        Twin: {
            /** @description How long that took */
            convergedMs: number | null;
            /** @description The newest version */
            desired: {
                at: components["schemas"]["Instant"];
                cause: {
                    code: string;
                    text: string;
                };
                /** @description As the device gets it */
                document: unknown;
                version: number;
            } | null;
            /** @description The device has applied the newest version */
            isConverged: boolean;
            /** @description The newest version that the device reported */
            reported: {
                at: components["schemas"]["Instant"];
                fault: components["schemas"]["ReportedFault"] | null;
                /** @enum {string} */
                state: "applied" | "refused";
                version: number;
            } | null;
        };
        Version: {
            /** @description Of the REST interface */
            apiVersion: string;
            /** @description The Git commit it was built from; null where that is unknown */
            commit: string | null;
            /** @description Of the service, as its changelog names it */
            version: string;
        };
        WhatIf: {
            device: string;
            planVersion: number;
            policies: {
                adaptive?: {
                    /** @description Bytes of the chosen rows, on average over all frames */
                    bytesPerFrame: number;
                    /** @description Frames that were sent and finished on the device */
                    fallbacks: number;
                    frames: number;
                    /** @description Frames that ended after the deadline of the plan; absent without one */
                    late?: number;
                    maxMs: number;
                    maxSwitchesInAMinute: number;
                    meanMs: number;
                    p50Ms: number;
                    p95Ms: number;
                    p99Ms: number;
                    /** @description Of best-fixed: the row that was best over the whole trace */
                    row?: number;
                    suppressed: number;
                    /** @description Frames under another row than the frame before */
                    switches: number;
                    switchesPerMinute: number;
                };
                "best-fixed"?: {
                    /** @description Bytes of the chosen rows, on average over all frames */
                    bytesPerFrame: number;
                    /** @description Frames that were sent and finished on the device */
                    fallbacks: number;
                    frames: number;
                    /** @description Frames that ended after the deadline of the plan; absent without one */
                    late?: number;
                    maxMs: number;
                    maxSwitchesInAMinute: number;
                    meanMs: number;
                    p50Ms: number;
                    p95Ms: number;
                    p99Ms: number;
                    /** @description Of best-fixed: the row that was best over the whole trace */
                    row?: number;
                    suppressed: number;
                    /** @description Frames under another row than the frame before */
                    switches: number;
                    switchesPerMinute: number;
                };
                clairvoyant?: {
                    /** @description Bytes of the chosen rows, on average over all frames */
                    bytesPerFrame: number;
                    /** @description Frames that were sent and finished on the device */
                    fallbacks: number;
                    frames: number;
                    /** @description Frames that ended after the deadline of the plan; absent without one */
                    late?: number;
                    maxMs: number;
                    maxSwitchesInAMinute: number;
                    meanMs: number;
                    p50Ms: number;
                    p95Ms: number;
                    p99Ms: number;
                    /** @description Of best-fixed: the row that was best over the whole trace */
                    row?: number;
                    suppressed: number;
                    /** @description Frames under another row than the frame before */
                    switches: number;
                    switchesPerMinute: number;
                };
                "clairvoyant-six"?: {
                    /** @description Bytes of the chosen rows, on average over all frames */
                    bytesPerFrame: number;
                    /** @description Frames that were sent and finished on the device */
                    fallbacks: number;
                    frames: number;
                    /** @description Frames that ended after the deadline of the plan; absent without one */
                    late?: number;
                    maxMs: number;
                    maxSwitchesInAMinute: number;
                    meanMs: number;
                    p50Ms: number;
                    p95Ms: number;
                    p99Ms: number;
                    /** @description Of best-fixed: the row that was best over the whole trace */
                    row?: number;
                    suppressed: number;
                    /** @description Frames under another row than the frame before */
                    switches: number;
                    switchesPerMinute: number;
                };
                "quick-rate"?: {
                    /** @description Bytes of the chosen rows, on average over all frames */
                    bytesPerFrame: number;
                    /** @description Frames that were sent and finished on the device */
                    fallbacks: number;
                    frames: number;
                    /** @description Frames that ended after the deadline of the plan; absent without one */
                    late?: number;
                    maxMs: number;
                    maxSwitchesInAMinute: number;
                    meanMs: number;
                    p50Ms: number;
                    p95Ms: number;
                    p99Ms: number;
                    /** @description Of best-fixed: the row that was best over the whole trace */
                    row?: number;
                    suppressed: number;
                    /** @description Frames under another row than the frame before */
                    switches: number;
                    switchesPerMinute: number;
                };
                "rate-average"?: {
                    /** @description Bytes of the chosen rows, on average over all frames */
                    bytesPerFrame: number;
                    /** @description Frames that were sent and finished on the device */
                    fallbacks: number;
                    frames: number;
                    /** @description Frames that ended after the deadline of the plan; absent without one */
                    late?: number;
                    maxMs: number;
                    maxSwitchesInAMinute: number;
                    meanMs: number;
                    p50Ms: number;
                    p95Ms: number;
                    p99Ms: number;
                    /** @description Of best-fixed: the row that was best over the whole trace */
                    row?: number;
                    suppressed: number;
                    /** @description Frames under another row than the frame before */
                    switches: number;
                    switchesPerMinute: number;
                };
            };
            rows: number;
            seconds: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    AuditController_list: {
        parameters: {
            query?: {
                actor?: string;
                cursor?: string;
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                from?: string | number;
                limit?: number;
                /** @description A thing, or a kind of things */
                subject?: string;
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                to?: string | number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        entries: components["schemas"]["AuditEntry"][];
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BlocksController_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description bytes=FIRST- */
                Range?: string;
            };
            path: {
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The bytes from FIRST on */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BrokerController_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BrokerAddress"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    CommandsController_list: {
        parameters: {
            query?: {
                cursor?: string;
                device?: string;
                group?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        commands: components["schemas"]["Command"][];
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    CommandsController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default 300 */
                    expiresInS?: number;
                    /** @enum {string} */
                    kind: "ping" | "reprofile" | "restart" | "logLevel";
                    /** @enum {string} */
                    level?: "debug" | "info" | "warn" | "error" | "silent";
                    /** @description Conditions that devices meet all of; {"all": true} for every device */
                    target: {
                        /**
                         * @description Every device; given alone
                         * @enum {boolean}
                         */
                        all?: true;
                        devices?: string[];
                        /** @example indoors */
                        group?: string;
                        tags?: string[];
                    };
                };
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Command"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    CommandsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The command */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Command"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    CommandsController_runs: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                state?: "queued" | "sent" | "accepted" | "done" | "failed" | "expired";
            };
            header?: never;
            path: {
                /** @description The command */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        devices: components["schemas"]["CommandRun"][];
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    FleetController_list: {
        parameters: {
            query?: {
                access?: "approved" | "waiting" | "revoked";
                /** @description Version of the agent */
                agent?: string;
                /** @description Cameras: live: pictures come from all; failed: one brings none; starting: one has brought none yet; ended: all frames were taken; none: it has no camera; unknown: it is offline, has sent no telemetry in this session, or its agent does not report cameras */
                camera?: "live" | "starting" | "failed" | "ended" | "none" | "unknown";
                cursor?: string;
                /** @description Only these fields of each item, separated by commas, and always id. There are id, name, createdAt, version, model, deadlineMs, strategy, limits, group, tags, access, presence, linkClass, birth, cameraState, inputs, telemetry */
                fields?: string;
                group?: string;
                limit?: number;
                /** @description Class of the last uplink estimate: 3g below 3 Mbps, 4g below 12, wifi below 60, wired from there; unknown: none yet */
                link?: "unknown" | "3g" | "4g" | "wifi" | "wired";
                /** @description Id, digest, name (its newest ready version) or name@version of a model; in filters, a name means all its versions */
                model?: string;
                state?: "online" | "offline" | "flapping" | "never-seen";
                /** @description Only devices with all of these tags */
                tag?: string;
                /** @description Version of the assigned model */
                version?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        devices: components["schemas"]["ListedDevice"][];
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    FleetController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    deadlineMs?: number;
                    /** @example indoors */
                    group?: string;
                    id?: string;
                    /**
                     * @description Id, digest, name (its newest ready version) or name@version of a model; in filters, a name means all its versions
                     * @example mobilenetv2@3
                     */
                    model?: string;
                    name?: string;
                    tags?: string[];
                };
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        device: components["schemas"]["Device"];
                        /** @description Shown only once */
                        secret: string;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    FleetController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Version of the resource, for If-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    FleetController_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    FleetController_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
                /** @description The ETag the change is based on; a stale one is rejected with 409 */
                "If-Match"?: string;
            };
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    deadlineMs?: number | null;
                    group?: string | null;
                    limits?: {
                        bytesPrice?: number | null;
                        deadline?: {
                            deadlineMs: number;
                            risk: number;
                        } | null;
                        deviceMemoryBytes?: number | null;
                        monthlyBytes?: number | null;
                        /** @description The line that all devices of a site share. Devices with the same site are planned together; where they name different rates, the lowest counts. Only a key for the whole fleet sets it */
                        uplink?: {
                            mbps: number;
                            /** @example barn */
                            site: string;
                        } | null;
                    };
                    model?: string | null;
                    name?: string;
                    /** @enum {string} */
                    strategy?: "auto" | "exact" | "tree" | "path-wise" | "topological" | "min-cut" | "cloud" | "local";
                    tags?: string[];
                };
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Version of the resource, for If-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    FleetController_approve: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    HistoryController_frames: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Only these fields of each item, separated by commas, and always frame, device. There are frame, device, startedAt, receivedAt, skewMs, clockErrorMs, model, planVersion, outcome, fault, deadlineMs, totalMs, measured, predicted, cloud, linkClass, link, sentBytes, source, answer */
                fields?: string;
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                from?: string | number;
                /** @description Frames a page, 1 to 1000 */
                limit?: number;
                /** @description Class of the uplink estimate when the frame began: 3g below 3 Mbps, 4g below 12, wifi below 60, wired from there; unknown: no estimate */
                link?: "unknown" | "3g" | "4g" | "wifi" | "wired";
                /** @description Id, digest, name (its newest ready version) or name@version of a model; in filters, a name means all its versions */
                model?: string;
                outcome?: "cloud" | "local-plan" | "local-fallback" | "failed";
                /** @description Version of the plan of a device */
                plan?: number;
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                to?: string | number;
                /** @description Version of the model */
                version?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        frames: components["schemas"]["ListedFrame"][];
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    HistoryController_frame: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                frame: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TimedFrame"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    HistoryController_export: {
        parameters: {
            query?: {
                format?: "ndjson" | "csv";
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                from?: string | number;
                /** @description Class of the uplink estimate when the frame began: 3g below 3 Mbps, 4g below 12, wifi below 60, wired from there; unknown: no estimate */
                link?: "unknown" | "3g" | "4g" | "wifi" | "wired";
                /** @description Id, digest, name (its newest ready version) or name@version of a model; in filters, a name means all its versions */
                model?: string;
                outcome?: "cloud" | "local-plan" | "local-fallback" | "failed";
                /** @description Version of the plan of a device */
                plan?: number;
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                to?: string | number;
                /** @description Version of the model */
                version?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    HistoryController_latency: {
        parameters: {
            query?: {
                /** @description Width of a bucket, aligned to 1970 in UTC; auto: a round width that makes at most 120; all: one bucket over all */
                bucket?: ("auto" | "all") | string;
                /** @description predicted: adds what was measured less what had been predicted */
                compare?: "predicted";
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                from?: string | number;
                /** @description Class of the uplink estimate when the frame began: 3g below 3 Mbps, 4g below 12, wifi below 60, wired from there; unknown: no estimate */
                link?: "unknown" | "3g" | "4g" | "wifi" | "wired";
                /** @description Id, digest, name (its newest ready version) or name@version of a model; in filters, a name means all its versions */
                model?: string;
                outcome?: "cloud" | "local-plan" | "local-fallback" | "failed";
                /** @description Percentiles, nearest rank */
                percentiles?: string;
                /** @description Version of the plan of a device */
                plan?: number;
                /** @description Only these stages */
                stage?: string;
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                to?: string | number;
                /** @description Name of a time zone (IANA): buckets are its days, some of 23 or 25 hours; for auto and buckets of whole days. Absent: UTC */
                tz?: string;
                /** @description Version of the model */
                version?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceLatency"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    PlansController_plan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CurrentPlan"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    PlansController_explain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplainedPlan"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    PlansController_instance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanningInstance"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    PlansController_plans: {
        parameters: {
            query?: {
                /** @description `next` of the previous page */
                cursor?: number;
                /** @description Only these fields of each item, separated by commas, and always version. There are desired, reported, version */
                fields?: string;
                /** @description 1 to 200 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                        plans: components["schemas"]["ListedPlan"][];
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    FleetController_revoke: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Device"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    FleetController_rotateSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description How long the old secret stays valid in addition to the new one
                     * @default 0
                     */
                    overlapS?: number;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Shown only once */
                        secret: string;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ShadowController_shadow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Shadow"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ShadowController_twin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The device */
                id: string;
                name: "model" | "plan";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Version of the resource, for If-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Twin"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ShadowController_desireModel: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
                /** @description Version of the desired document that the change is based on; a stale version returns 409 */
                "If-Match"?: string;
            };
            path: {
                /** @description The device */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string | null;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Version of the resource, for If-Match */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Twin"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    BulkController_enrol: {
        parameters: {
            query?: {
                /** @description all-or-none: one invalid row rejects the whole file */
                mode?: "all-or-none" | "row-by-row";
            };
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
                "text/csv": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created: number;
                        failed: number;
                        rows: {
                            fault?: {
                                code: string;
                                detail: string;
                            };
                            id?: string;
                            line: number;
                            secret?: string;
                        }[];
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ShadowController_drift: {
        parameters: {
            query?: {
                cursor?: string;
                group?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        drifts: components["schemas"]["Drift"][];
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    EnrolmentController_own: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Enrolment status of the device; it waits until its access is `approved` */
                        device: {
                            /** @enum {string} */
                            access: "approved" | "waiting" | "revoked";
                            id: string;
                        };
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    EnrolmentController_enrol: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    id: string;
                    name?: string;
                    secret: string;
                    token: string;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Enrolment status of the device; it waits until its access is `approved` */
                        device: {
                            /** @enum {string} */
                            access: "approved" | "waiting" | "revoked";
                            id: string;
                        };
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    TokensController_tokens: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                        tokens: components["schemas"]["EnrolmentToken"][];
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    TokensController_makeToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default 86400 */
                    expiresInS?: number;
                    /** @default null */
                    group?: string | null;
                    /** @default null */
                    model?: string | null;
                    name: string;
                    /**
                     * @description Whether an operator must approve each device before it can connect
                     * @default true
                     */
                    needsApproval?: boolean;
                    /** @default [] */
                    tags?: string[];
                    /**
                     * @description Max devices that can enrol with it
                     * @default 1
                     */
                    uses?: number;
                };
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewEnrolmentToken"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    TokensController_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Token id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentToken"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    TokensController_revoke: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Token id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    EnrolmentController_replaceSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default 3600 */
                    overlapS?: number;
                    secret: string;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Enrolment status of the device; it waits until its access is `approved` */
                        device: {
                            /** @enum {string} */
                            access: "approved" | "waiting" | "revoked";
                            id: string;
                        };
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    HistoryController_exportFleet: {
        parameters: {
            query?: {
                /** @description Only these devices; absent: the whole fleet */
                devices?: string;
                format?: "ndjson" | "csv";
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                from?: string | number;
                /** @description Only devices of this group */
                group?: string;
                /** @description Class of the uplink estimate when the frame began: 3g below 3 Mbps, 4g below 12, wifi below 60, wired from there; unknown: no estimate */
                link?: "unknown" | "3g" | "4g" | "wifi" | "wired";
                /** @description Id, digest, name (its newest ready version) or name@version of a model; in filters, a name means all its versions */
                model?: string;
                outcome?: "cloud" | "local-plan" | "local-fallback" | "failed";
                /** @description Version of the plan of a device */
                plan?: number;
                /** @description Only devices with all of these tags */
                tag?: string;
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                to?: string | number;
                /** @description Version of the model */
                version?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    GroupsController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        groups: components["schemas"]["Group"][];
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    GroupsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The group */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    GroupsController_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The group */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    deadlineMs?: number | null;
                    limits?: {
                        bytesPrice?: number | null;
                        deadline?: {
                            deadlineMs: number;
                            risk: number;
                        } | null;
                        deviceMemoryBytes?: number | null;
                        monthlyBytes?: number | null;
                        /** @description The line that all devices of a site share. Devices with the same site are planned together; where they name different rates, the lowest counts. Only a key for the whole fleet sets it */
                        uplink?: {
                            mbps: number;
                            /** @example barn */
                            site: string;
                        } | null;
                    };
                    model?: string | null;
                    /** @enum {string} */
                    strategy?: "auto" | "exact" | "tree" | "path-wise" | "topological" | "min-cut" | "cloud" | "local";
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    KeysController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: components["schemas"]["OperatorKey"][];
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    KeysController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    expiresAt?: (string | number) | null;
                    /**
                     * @description Absent or null: the whole fleet
                     * @default null
                     */
                    groups?: string[] | null;
                    name: string;
                    /** @enum {string} */
                    role: "viewer" | "operator" | "admin";
                };
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewOperatorKey"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    KeysController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorKey"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    KeysController_revoke: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The key */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    KeysController_own: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorKey"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    HistoryController_fleetLatency: {
        parameters: {
            query?: {
                /** @description Width of a bucket, aligned to 1970 in UTC; auto: a round width that makes at most 120; all: one bucket over all */
                bucket?: ("auto" | "all") | string;
                /** @description predicted: adds what was measured less what had been predicted */
                compare?: "predicted";
                /** @description Only these devices; absent: the whole fleet */
                devices?: string;
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                from?: string | number;
                /** @description Only devices of this group */
                group?: string;
                /** @description Class of the uplink estimate when the frame began: 3g below 3 Mbps, 4g below 12, wifi below 60, wired from there; unknown: no estimate */
                link?: "unknown" | "3g" | "4g" | "wifi" | "wired";
                /** @description Id, digest, name (its newest ready version) or name@version of a model; in filters, a name means all its versions */
                model?: string;
                outcome?: "cloud" | "local-plan" | "local-fallback" | "failed";
                /** @description Percentiles, nearest rank */
                percentiles?: string;
                /** @description Version of the plan of a device */
                plan?: number;
                /** @description Only these stages */
                stage?: string;
                /** @description Only devices with all of these tags */
                tag?: string;
                /** @description ISO 8601: a date (its first moment in UTC) or a time with zone; or milliseconds since 1970, from the year 2000 on */
                to?: string | number;
                /** @description Name of a time zone (IANA): buckets are its days, some of 23 or 25 hours; for auto and buckets of whole days. Absent: UTC */
                tz?: string;
                /** @description Version of the model */
                version?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Latency"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ModelsController_list: {
        parameters: {
            query?: {
                cursor?: string;
                /** @description Only these fields of each item, separated by commas, and always id. There are id, name, version, digest, state, fileDigest, fileBytes, createdAt, readyAt, fault, progress, lastUpdate */
                fields?: string;
                limit?: number;
                name?: string;
                /** @description Absent: all but refused uploads */
                state?: "checking" | "ready" | "refused" | "all";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        models: components["schemas"]["ListedModel"][];
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ModelsController_upload: {
        parameters: {
            query?: {
                /** @description The manifest as JSON, for a body that is the file alone; a form has a part for it */
                manifest?: string;
                /** @description Overrides the name of the manifest and of the file */
                name?: string;
            };
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
                /** @description respond-async */
                Prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
                "multipart/form-data": {
                    /** @description Up to 64 inputs to measure the accuracy of lossy encodings: pictures for a model with one image input, else the concatenated bytes of all inputs */
                    calibration?: string[];
                    /** Format: binary */
                    file: string;
                    manifest?: {
                        /** @default [] */
                        inputs?: {
                            dims?: number[];
                            example?: number[];
                            image?: {
                                /**
                                 * @default RGB
                                 * @enum {string}
                                 */
                                channels?: "RGB" | "BGR" | "GRAY";
                                /** @default 1 */
                                deviation?: number | number[];
                                /**
                                 * @default fill
                                 * @enum {string}
                                 */
                                fit?: "fill" | "cover" | "contain";
                                height: number;
                                /**
                                 * @default NCHW
                                 * @enum {string}
                                 */
                                layout?: "NCHW" | "NHWC";
                                /** @default 0 */
                                mean?: number | number[];
                                /** @default 0.00392156862745098 */
                                scale?: number;
                                width: number;
                            };
                            name?: string;
                        }[];
                        /**
                         * @default anything
                         * @enum {string}
                         */
                        leaves?: "anything" | "features" | "nothing";
                        name?: string;
                        /** @default [] */
                        outputs?: {
                            /**
                             * @default raw
                             * @enum {string}
                             */
                            kind?: "classes" | "raw";
                            labels?: string[];
                            name?: string;
                        }[];
                        /** @default exact */
                        policy?: ("exact" | "half" | "int8") | {
                            maxRelativeError?: number;
                            minTop1Agreement?: number;
                        };
                    };
                    /** @description Overrides the name of the manifest and of the file */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description The model exists already */
            200: {
                headers: {
                    /** @description The model */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            201: {
                headers: {
                    /** @description The model */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description With Prefer: respond-async */
            202: {
                headers: {
                    /** @description The model */
                    Location?: string;
                    /** @description respond-async */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ModelsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, digest, name (its newest ready version) or name@version */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ModelsController_remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id, digest, name (its newest ready version) or name@version */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ModelsController_change: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
                /** @description respond-async */
                Prefer?: string;
            };
            path: {
                /** @description Id, digest, name (its newest ready version) or name@version */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What the pixels of inputs become; sizes and layout are those of the blocks */
                    inputs?: {
                        dims?: number[];
                        example?: number[];
                        image?: {
                            /**
                             * @default RGB
                             * @enum {string}
                             */
                            channels?: "RGB" | "BGR" | "GRAY";
                            /** @default 1 */
                            deviation?: number | number[];
                            /**
                             * @default fill
                             * @enum {string}
                             */
                            fit?: "fill" | "cover" | "contain";
                            height: number;
                            /**
                             * @default NCHW
                             * @enum {string}
                             */
                            layout?: "NCHW" | "NHWC";
                            /** @default 0 */
                            mean?: number | number[];
                            /** @default 0.00392156862745098 */
                            scale?: number;
                            width: number;
                        };
                        name?: string;
                    }[];
                    /** @enum {string} */
                    leaves?: "anything" | "features" | "nothing";
                    /** @description Kinds and labels of outputs */
                    outputs?: {
                        /**
                         * @default raw
                         * @enum {string}
                         */
                        kind?: "classes" | "raw";
                        labels?: string[];
                        name?: string;
                    }[];
                    policy?: ("exact" | "half" | "int8") | {
                        maxRelativeError?: number;
                        minTop1Agreement?: number;
                    };
                };
                "multipart/form-data": {
                    /** @description Up to 64 inputs to measure the accuracy of lossy encodings: pictures for a model with one image input, else the concatenated bytes of all inputs */
                    calibration?: string[];
                    manifest?: {
                        /** @description What the pixels of inputs become; sizes and layout are those of the blocks */
                        inputs?: {
                            dims?: number[];
                            example?: number[];
                            image?: {
                                /**
                                 * @default RGB
                                 * @enum {string}
                                 */
                                channels?: "RGB" | "BGR" | "GRAY";
                                /** @default 1 */
                                deviation?: number | number[];
                                /**
                                 * @default fill
                                 * @enum {string}
                                 */
                                fit?: "fill" | "cover" | "contain";
                                height: number;
                                /**
                                 * @default NCHW
                                 * @enum {string}
                                 */
                                layout?: "NCHW" | "NHWC";
                                /** @default 0 */
                                mean?: number | number[];
                                /** @default 0.00392156862745098 */
                                scale?: number;
                                width: number;
                            };
                            name?: string;
                        }[];
                        /** @enum {string} */
                        leaves?: "anything" | "features" | "nothing";
                        /** @description Kinds and labels of outputs */
                        outputs?: {
                            /**
                             * @default raw
                             * @enum {string}
                             */
                            kind?: "classes" | "raw";
                            labels?: string[];
                            name?: string;
                        }[];
                        policy?: ("exact" | "half" | "int8") | {
                            maxRelativeError?: number;
                            minTop1Agreement?: number;
                        };
                    };
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description With Prefer: respond-async */
            202: {
                headers: {
                    /** @description The model */
                    Location?: string;
                    /** @description respond-async */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    RolloutsController_list: {
        parameters: {
            query?: {
                cursor?: string;
                group?: string;
                limit?: number;
                state?: "running" | "paused" | "rolling-back" | "rolled-back" | "done";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                        rollouts: components["schemas"]["Rollout"][];
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    RolloutsController_create: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    change: {
                        deadlineMs?: number | null;
                        /**
                         * @description Id, digest, name (its newest ready version) or name@version of a model; in filters, a name means all its versions
                         * @example mobilenetv2@3
                         */
                        model?: string;
                        /** @enum {string} */
                        strategy?: "auto" | "exact" | "tree" | "path-wise" | "topological" | "min-cut" | "cloud" | "local";
                    };
                    /** @default {} */
                    gates?: {
                        /** @default 3600 */
                        absentS?: number;
                        /** @default 900 */
                        convergeS?: number;
                        /** @default 0.05 */
                        maxFailures?: number;
                        /** @default 1.5 */
                        maxP95Factor?: number;
                        /** @default 50 */
                        minFrames?: number;
                        /** @default 60 */
                        observeS?: number;
                        /** @default 180 */
                        silentS?: number;
                        /** @default 120 */
                        warmUpS?: number;
                    };
                    /** @description Conditions that devices meet all of; {"all": true} for every device */
                    target: {
                        /**
                         * @description Every device; given alone
                         * @enum {boolean}
                         */
                        all?: true;
                        devices?: string[];
                        /** @example indoors */
                        group?: string;
                        tags?: string[];
                    };
                    /**
                     * @default [
                     *       0.1,
                     *       0.5,
                     *       1
                     *     ]
                     */
                    waves?: number[];
                };
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    RolloutsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The rollout */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    RolloutsController_devices: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                state?: "waiting" | "switching" | "ready" | "failed" | "restoring" | "restored" | "left" | "absent";
            };
            header?: never;
            path: {
                /** @description The rollout */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        devices: components["schemas"]["RolloutDevice"][];
                        /** @description Cursor of the next page; null at the end */
                        next: string | null;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    RolloutsController_pause: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The rollout */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    RolloutsController_resume: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The rollout */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    RolloutsController_rollBack: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The rollout */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    VersionController_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    WhatIfController_replay: {
        parameters: {
            query?: never;
            header?: {
                /** @description A value chosen by the client. A repeated request with the same key runs once and gets the same response for a day. Another request with the same key is rejected. Uploads of models need none: they are identified by their content. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    device: string;
                    /** @default 1000 */
                    periodMs?: number;
                    policies?: ("clairvoyant" | "clairvoyant-six" | "adaptive" | "best-fixed" | "rate-average" | "quick-rate")[];
                    recorded?: {
                        /** @default 500 */
                        frames?: number;
                    };
                    trace?: {
                        outage?: {
                            atSeconds: number;
                            seconds: number;
                        };
                        points?: [
                            number,
                            number
                        ][];
                        /** @default 600 */
                        seconds?: number;
                        /** @default 1 */
                        seed?: number;
                        uplink?: string;
                    };
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhatIf"];
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    HealthController_live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "live";
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    HealthController_load: {
        parameters: {
            query?: {
                seconds?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Processor time since the start, all threads, without child processes */
                        cpu: {
                            systemMs: number;
                            userMs: number;
                        };
                        eventLoop: {
                            maxMs: number;
                            p50Ms: number;
                            p99Ms: number;
                            /** @description Number of measurements */
                            samples: number;
                        };
                        memory: {
                            externalBytes: number;
                            heapUsedBytes: number;
                            rssBytes: number;
                        };
                        /** @description By part of the service */
                        parts: {
                            [key: string]: {
                                [key: string]: number;
                            };
                        };
                        /** @description Open sockets, pipes, timers and the like, by their Node names */
                        resources: {
                            [key: string]: number;
                        };
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    HealthController_ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        checks: {
                            [key: string]: {
                                /** @description Why it is not ready, or what to look at */
                                because?: string;
                                ms: number;
                                ok: boolean;
                            };
                        };
                        isReady: boolean;
                    };
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        checks: {
                            [key: string]: {
                                /** @description Why it is not ready, or what to look at */
                                because?: string;
                                ms: number;
                                ok: boolean;
                            };
                        };
                        isReady: boolean;
                    };
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    MetricsController_text: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description A fault; docs/errors.md lists the codes. */
            default: {
                headers: {
                    /** @description Seconds until a retry may succeed */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
