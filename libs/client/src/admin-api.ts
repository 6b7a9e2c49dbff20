// Made by `npm run generate:client` from the document of the admin API.

export interface paths {
    "/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists tenants.
         * @description Needs the role viewer.
         */
        get: operations["tenants_list"];
        put?: never;
        /**
         * Makes a tenant, with its home and its tables. The operation has the id of the tenant.
         * @description Needs the role operator.
         */
        post: operations["tenants_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads a tenant.
         * @description Needs the role viewer.
         */
        get: operations["tenants_find"];
        put?: never;
        post?: never;
        /**
         * Takes a tenant out of service and marks it for purging. It can be restored until it is purged.
         * @description Needs the role operator.
         */
        delete: operations["tenants_remove"];
        options?: never;
        head?: never;
        /**
         * Changes a tenant. Metadata are replaced as a whole.
         * @description Needs the role operator.
         */
        patch: operations["tenants_update"];
        trace?: never;
    };
    "/tenants/{tenant}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a tenant out of service: 403.
         * @description Needs the role operator.
         */
        post: operations["tenants_suspend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts a tenant into service, after the migrations that its home lacks.
         * @description Needs the role operator.
         */
        post: operations["tenants_activate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/maintenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a tenant out of service for a short time: 503 and Retry-After.
         * @description Needs the role operator.
         */
        post: operations["tenants_maintenance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a tenant out of service for long.
         * @description Needs the role operator.
         */
        post: operations["tenants_archive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives a deleted tenant its former status back.
         * @description Needs the role operator.
         */
        post: operations["tenants_restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/purge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Removes a deleted tenant with all its data, for good.
         * @description Needs the role owner.
         */
        post: operations["tenants_purge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the API keys of a tenant, latest first, with those that are revoked or expired.
         * @description Needs the role viewer.
         */
        get: operations["apiKeys_list"];
        put?: never;
        /**
         * Makes an API key. It is shown in this answer only, and again to the same Idempotency-Key.
         * @description Needs the role operator.
         */
        post: operations["apiKeys_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads an API key, without the key itself.
         * @description Needs the role viewer.
         */
        get: operations["apiKeys_find"];
        put?: never;
        post?: never;
        /**
         * Revokes an API key, for good. The key stays in the listing.
         * @description Needs the role operator.
         */
        delete: operations["apiKeys_revoke"];
        options?: never;
        head?: never;
        /**
         * Changes the label, the scopes, the networks or the expiry of an API key. Lists are replaced as a whole.
         * @description Needs the role operator.
         */
        patch: operations["apiKeys_update"];
        trace?: never;
    };
    "/tenants/{tenant}/keys/{key}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a key that takes the place of another, which still works for the overlap.
         * @description Needs the role operator.
         */
        post: operations["apiKeys_rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the entries of operators into a tenant, latest first.
         * @description Needs the role viewer.
         */
        get: operations["operatorEntries_list"];
        put?: never;
        /**
         * Enters a tenant. An entry that may write needs the role owner. The token is shown in this answer only.
         * @description Needs the role operator.
         */
        post: operations["operatorEntries_begin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/entries/{entry}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads an entry, without its token.
         * @description Needs the role viewer.
         */
        get: operations["operatorEntries_find"];
        put?: never;
        post?: never;
        /**
         * Ends an entry. It stays in the listing; one that has ended stays as it is.
         * @description Needs the role operator.
         */
        delete: operations["operatorEntries_end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists who changed what of a tenant, newest first. A purged tenant is named by its id.
         * @description Needs the role viewer.
         */
        get: operations["tenantAudit_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/deletion-certificate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads what the purge of a tenant has removed. The tenant is named by its id, or by the slug that it had.
         * @description Needs the role viewer.
         */
        get: operations["deletionCertificate_find"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists who changed what, newest first.
         * @description Needs the role viewer.
         */
        get: operations["audit_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams entries, oldest first, one a line.
         * @description Needs the role viewer.
         */
        get: operations["audit_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Verifies that no entry was changed, removed or forged, and names the first that was.
         * @description Needs the role owner.
         */
        get: operations["audit_verify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/domains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the domains of a tenant, by name.
         * @description Needs the role viewer.
         */
        get: operations["domains_list"];
        put?: never;
        /**
         * Adds a domain, which is served when its challenge has been found in DNS.
         * @description Needs the role operator.
         */
        post: operations["domains_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/domains/{domain}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads a domain.
         * @description Needs the role viewer.
         */
        get: operations["domains_find"];
        put?: never;
        post?: never;
        /**
         * Takes a domain from a tenant: it is served no longer.
         * @description Needs the role operator.
         */
        delete: operations["domains_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/domains/{domain}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Looks for the challenge in DNS now. The answer has the status that comes of it.
         * @description Needs the role operator.
         */
        post: operations["domains_verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/domains/{domain}/primary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a verified domain the primary one of its tenant.
         * @description Needs the role operator.
         */
        post: operations["domains_makePrimary"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads the settings of a tenant.
         * @description Needs the role viewer.
         */
        get: operations["settings_read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes settings by a JSON merge patch (RFC 7396): null takes an override back.
         * @description Needs the role operator.
         */
        patch: operations["settings_patch"];
        trace?: never;
    };
    "/tenants/{tenant}/settings/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the changes of settings, latest first.
         * @description Needs the role viewer.
         */
        get: operations["settings_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/settings/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes the overrides what they were in a version. Secrets stay as they are.
         * @description Needs the role operator.
         */
        post: operations["settings_restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads what a tenant may have: each limit, quota and feature, and where it comes from.
         * @description Needs the role viewer.
         */
        get: operations["tenantLimits_read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Overrides what the plan says, by a JSON merge patch (RFC 7396): null takes an override back.
         * @description Needs the role operator.
         */
        patch: operations["tenantLimits_override"];
        trace?: never;
    };
    "/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the plans that the application declares.
         * @description Needs the role viewer.
         */
        get: operations["plans_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/migrations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts tenants by the migrations that their homes have had, and lack.
         * @description Needs the role viewer.
         */
        get: operations["migrations_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/migrations/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says what a run would do: to which homes, and with which SQL.
         * @description Needs the role operator.
         */
        get: operations["migrations_plan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/migrations/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Runs the migrations that the selected homes lack, or takes back their last ones.
         * @description Needs the role operator.
         */
        post: operations["migrations_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/migrations/runs/{id}/waves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says how far each wave of a run is.
         * @description Needs the role viewer.
         */
        get: operations["migrations_waves"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/migrations/runs/{id}/homes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the homes of a run, by name: what came of each.
         * @description Needs the role viewer.
         */
        get: operations["migrations_homes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists operations, latest first.
         * @description Needs the role viewer.
         */
        get: operations["operations_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads an operation.
         * @description Needs the role viewer.
         */
        get: operations["operations_find"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operations/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks for the end of an operation. What it has begun is undone.
         * @description Needs the role operator.
         */
        post: operations["operations_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operations/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Does again what is left of a run of migrations that has failed: also the homes that failed.
         * @description Needs the role operator.
         */
        post: operations["operations_retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operations/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks a run of migrations to stop after the homes that are under way, to be gone on with later.
         * @description Needs the role operator.
         */
        post: operations["operations_pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operations/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Goes on with an operation that was paused.
         * @description Needs the role operator.
         */
        post: operations["operations_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operations/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follows an operation by server-sent events: `operation` at each change, until it has ended or is paused.
         * @description Needs the role viewer.
         */
        get: operations["operations_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the jobs of tenants, latest first.
         * @description Needs the role viewer.
         */
        get: operations["jobs_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts jobs by name and state.
         * @description Needs the role viewer.
         */
        get: operations["jobs_counts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads a job, without its data.
         * @description Needs the role viewer.
         */
        get: operations["jobs_find"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Runs a job again that has failed or was cancelled, with all its retries.
         * @description Needs the role operator.
         */
        post: operations["jobs_retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancels a job. One that is running is told to stop, on whichever instance.
         * @description Needs the role operator.
         */
        post: operations["jobs_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/global": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sums over all tenants, and what belongs to none.
         * @description Needs the role viewer.
         */
        get: operations["metrics_fleet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/global/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sums over all tenants by minutes (24 hours are kept) or hours (30 days).
         * @description Needs the role viewer.
         */
        get: operations["metrics_fleetSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/now": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who uses the database now, with which statements, and who is a noisy neighbour.
         * @description Needs the role viewer.
         */
        get: operations["metrics_now"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/top": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tenants with the highest values.
         * @description Needs the role viewer.
         */
        get: operations["metrics_top"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a tenant, named by its id or its slug, does and did.
         * @description Needs the role viewer.
         */
        get: operations["metrics_of"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/{tenant}/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a tenant did, by minutes (24 hours are kept) or hours (30 days).
         * @description Needs the role viewer.
         */
        get: operations["metrics_series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/{tenant}/slow-statements/{statement}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How PostgreSQL would execute a slow statement of a tenant, whatever its values; it is not executed.
         * @description Needs the role operator.
         */
        get: operations["metrics_plan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists records of usage, by tenant, meter and hour, in the order in which they were made.
         * @description Needs the role viewer.
         */
        get: operations["usage_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams records of usage: as CloudEvents, one a line, or as CSV.
         * @description Needs the role viewer.
         */
        get: operations["usage_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage/months": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the months in which usage is recorded, the latest first.
         * @description Needs the role viewer.
         */
        get: operations["usage_listMonths"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage/sums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Adds up what all tenants used of each meter in a month.
         * @description Needs the role viewer.
         */
        get: operations["usage_sums"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage/totals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what each tenant used in a month, in the order of slugs: as it was closed, or as it is now.
         * @description Needs the role viewer.
         */
        get: operations["usage_totals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage/closes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the months that are closed, the latest first.
         * @description Needs the role viewer.
         */
        get: operations["usage_listCloses"];
        put?: never;
        /**
         * Closes a month, for good. One that is closed already stays as it is.
         * @description Needs the role operator.
         */
        post: operations["usage_close"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage/closes/{month}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows a month that is closed, and verifies it.
         * @description Needs the role viewer.
         */
        get: operations["usage_findClose"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage/closes/{month}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams what each tenant used of each meter in a month that is closed, as CSV.
         * @description Needs the role viewer.
         */
        get: operations["usage_exportClose"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage/sinks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows how far records have been sent.
         * @description Needs the role viewer.
         */
        get: operations["usage_listSinks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage/sinks/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends at once what waits for its next attempt.
         * @description Needs the role operator.
         */
        post: operations["usage_retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cache/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts look-ups of tenants, of the process that answers.
         * @description Needs the role viewer.
         */
        get: operations["cache_stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cache/flush": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drops all tenants from memory, here and, by a notification, in every process that listens.
         * @description Needs the role operator.
         */
        post: operations["cache_flush"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the pools of connections to tenants, of the process that answers.
         * @description Needs the role viewer.
         */
        get: operations["pools_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Examines what keeps tenants apart, and answers when it is done. It takes some seconds.
         * @description Needs the role operator.
         */
        get: operations["doctor_examine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/drift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compares the homes of `limit` tenants, by slug, with what their migrations make.
         * @description Needs the role operator.
         */
        get: operations["drift_compare"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the workers of Citus, and how much they hold. Without Citus there are none.
         * @description Needs the role viewer.
         */
        get: operations["workers_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the moves that would even out the workers.
         * @description Needs the role viewer.
         */
        get: operations["workers_plan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/rebalance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes the moves that even out the workers, one tenant after the other.
         * @description Needs the role operator.
         */
        post: operations["workers_rebalance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/relocations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Moves the tables of the tenant to another worker of Citus, while it is served.
         * @description Needs the role operator.
         */
        post: operations["relocations_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This document.
         * @description Needs the role viewer.
         */
        get: operations["openApi_read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who calls, and as what.
         * @description Needs the role viewer.
         */
        get: operations["me_read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the entries of who calls that are under way, in all tenants.
         * @description Needs the role viewer.
         */
        get: operations["myEntries_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/fleet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts tenants by status, health and version.
         * @description Needs the role viewer.
         */
        get: operations["fleet_read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the members of a tenant.
         * @description Needs the role viewer.
         */
        get: operations["members_list"];
        put?: never;
        /**
         * Makes a user a member of a tenant.
         * @description Needs the role operator.
         */
        post: operations["members_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/members/{member}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads a member.
         * @description Needs the role viewer.
         */
        get: operations["members_find"];
        put?: never;
        post?: never;
        /**
         * Removes a member, unless it is the last active owner.
         * @description Needs the role operator.
         */
        delete: operations["members_remove"];
        options?: never;
        head?: never;
        /**
         * Changes a member. The last active owner keeps role and status.
         * @description Needs the role operator.
         */
        patch: operations["members_change"];
        trace?: never;
    };
    "/tenants/{tenant}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists invitations, latest first.
         * @description Needs the role viewer.
         */
        get: operations["invitations_list"];
        put?: never;
        /**
         * Invites an e-mail address. Nothing is mailed: the answer has the token, once.
         * @description Needs the role operator.
         */
        post: operations["invitations_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revokes an invitation that is not accepted.
         * @description Needs the role operator.
         */
        delete: operations["invitations_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/members/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts users: in all, where a user of several tenants counts once, and of each tenant.
         * @description Needs the role viewer.
         */
        get: operations["memberCounts_counts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists webhooks, latest first.
         * @description Needs the role viewer.
         */
        get: operations["webhooks_list"];
        put?: never;
        /**
         * Makes a webhook. Its secret is in this answer only, and again to the same Idempotency-Key.
         * @description Needs the role operator.
         */
        post: operations["webhooks_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{webhook}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads a webhook, without its secret.
         * @description Needs the role viewer.
         */
        get: operations["webhooks_find"];
        put?: never;
        post?: never;
        /**
         * Removes a webhook with its deliveries; what is pending is not sent.
         * @description Needs the role operator.
         */
        delete: operations["webhooks_remove"];
        options?: never;
        head?: never;
        /**
         * Changes a webhook. Enabled again, it goes on with what is pending.
         * @description Needs the role operator.
         */
        patch: operations["webhooks_update"];
        trace?: never;
    };
    "/webhooks/{webhook}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a new secret. For the overlap, messages are signed by the old one as well.
         * @description Needs the role operator.
         */
        post: operations["webhooks_rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{webhook}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what was sent, or is to be, latest first. Removed 30 days after its end.
         * @description Needs the role viewer.
         */
        get: operations["webhookDeliveries_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{webhook}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a message of the type webhook.test.
         * @description Needs the role operator.
         */
        post: operations["webhookDeliveries_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{webhook}/deliveries/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends every dead message again.
         * @description Needs the role operator.
         */
        post: operations["webhookDeliveries_resendDead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{webhook}/deliveries/{delivery}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a message again that was delivered or is dead, under the same id.
         * @description Needs the role operator.
         */
        post: operations["webhookDeliveries_resend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Writes all rows of a tenant to an archive, and what is included. The archive has the id of the operation.
         * @description Needs the role operator.
         */
        post: operations["tenantExports_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/copies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copies rows to another tenant, which may be serving requests: all or nothing.
         * @description Needs the role operator.
         */
        post: operations["tenantCopies_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/moves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Moves rows to another tenant: copies them, verifies that they are there, and removes them here.
         * @description Needs the role owner.
         */
        post: operations["tenantMoves_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Writes the rows of an archive to the tenant, which may be serving requests: all or nothing.
         * @description Needs the role operator.
         */
        post: operations["tenantImports_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/clones": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a new tenant of the rows of another one, masked and as a sample where asked. It has the id of the operation.
         * @description Needs the role operator.
         */
        post: operations["tenantClones_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the backups of a tenant, latest first.
         * @description Needs the role viewer.
         */
        get: operations["tenantBackups_list"];
        put?: never;
        /**
         * Backs a tenant up. The backup has the id of the operation, and stays until it is deleted.
         * @description Needs the role operator.
         */
        post: operations["tenantBackups_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/rewinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a new tenant of another as it was at a moment, by its journal. It has the id of the operation.
         * @description Needs the role operator.
         */
        post: operations["tenantRewinds_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/take-backs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes rows as they are in another tenant, such as the tenant itself as it was. It can be undone.
         * @description Needs the role operator.
         */
        post: operations["tenantTakeBacks_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/take-backs/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undoes the last take back. Repeated, it undoes the one before.
         * @description Needs the role operator.
         */
        post: operations["tenantTakeBacksUndo_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads what transfers can choose from.
         * @description Needs the role viewer.
         */
        get: operations["transferChoices_read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/tables": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the tables of a tenant.
         * @description Needs the role viewer.
         */
        get: operations["tables_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists archives, latest first.
         * @description Needs the role viewer.
         */
        get: operations["exports_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exports/{export}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads what is known of an archive.
         * @description Needs the role viewer.
         */
        get: operations["exports_find"];
        put?: never;
        post?: never;
        /**
         * Removes an archive and its links.
         * @description Needs the role operator.
         */
        delete: operations["exports_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exports/{export}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Downloads an archive, or a range of it.
         * @description Needs the role operator.
         */
        get: operations["exports_content"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/exports/{export}/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a link by which the archive can be downloaded for some minutes, without signing in.
         * @description Needs the role operator.
         */
        post: operations["exports_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a new tenant of an archive that is kept, or was uploaded. What is left out is as in the archive.
         * @description Needs the role operator.
         */
        post: operations["imports_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/imports/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a new tenant of the archive that is the body. With an Idempotency-Key it needs a Content-Digest (RFC 9530).
         * @description Needs the role operator.
         */
        post: operations["imports_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begins an upload of Upload-Length bytes (tus 1.0).
         * @description Needs the role operator.
         */
        post: operations["uploads_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/uploads/{upload}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads how far an upload is. HEAD answers the same in headers (tus 1.0).
         * @description Needs the role viewer.
         */
        get: operations["uploads_find"];
        put?: never;
        post?: never;
        /**
         * Removes an upload, complete or not.
         * @description Needs the role operator.
         */
        delete: operations["uploads_remove"];
        options?: never;
        head?: never;
        /**
         * Adds the body to an upload, at Upload-Offset (tus 1.0).
         * @description Needs the role operator.
         */
        patch: operations["uploads_append"];
        trace?: never;
    };
    "/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists backups, latest first.
         * @description Needs the role viewer.
         */
        get: operations["backups_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists tenants with their schedules and their latest backups: first what failed, then those without a backup.
         * @description Needs the role viewer.
         */
        get: operations["backups_statuses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups/{backup}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads what is known of a backup.
         * @description Needs the role viewer.
         */
        get: operations["backups_find"];
        put?: never;
        post?: never;
        /**
         * Deletes a backup, and its file unless another backup is in it.
         * @description Needs the role owner.
         */
        delete: operations["backups_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups/{backup}/restores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a new tenant of a backup. What is left out is as it was. The tenant has the id of the operation.
         * @description Needs the role operator.
         */
        post: operations["backups_restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups/{backup}/proofs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restores a backup for a test, compares the rows, and removes it again.
         * @description Needs the role operator.
         */
        post: operations["backups_prove"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/diffs/{other}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts the rows that differ from those of another tenant.
         * @description Needs the role operator.
         */
        get: operations["diffs_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/diffs/{other}/rows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams the rows that differ, one a line; the last line is the report.
         * @description Needs the role operator.
         */
        get: operations["diffs_rows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tenants/{tenant}/journal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads how far back the journal of a tenant leads.
         * @description Needs the role viewer.
         */
        get: operations["journal_status"];
        /**
         * Records every change of the tenant's rows from now on. Where it has a journal, nothing changes.
         * @description Needs the role operator.
         */
        put: operations["journal_enable"];
        post?: never;
        /**
         * Ends the journal of a tenant, and deletes it.
         * @description Needs the role owner.
         */
        delete: operations["journal_disable"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/methods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How people can sign in.
         * @description For everybody.
         */
        get: operations["signInMethods_read"];
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
        Tenant: {
            /** Format: uuid */
            id: string;
            slug: string;
            name: string;
            /** @enum {string} */
            status: "provisioning" | "active" | "suspended" | "maintenance" | "archived" | "deleting" | "deleted" | "failed";
            /** @enum {string} */
            isolation: "schema" | "row" | "database";
            placement: string;
            plan: string;
            /** @description What it has in place of what its plan says: see `limits`. */
            overrides: {
                [key: string]: unknown;
            };
            metadata: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description The last migration that its home has had. */
            version: string | null;
            /**
             * @description behind: its home lacks migrations of this release; failed: an operation on it, or the latest run of migrations, has failed.
             * @enum {string}
             */
            health: "ok" | "behind" | "failed";
            /** @description The operation on it that has not ended, and why it failed. */
            unfinished: {
                kind: string;
                step: string;
                error: string | null;
            } | null;
            /** @description The worker of Citus that has its tables. null on the coordinator, and without Citus. */
            worker: string | null;
        };
        /** @description RFC 9457 */
        Problem: {
            /** @description A URN of the code. */
            type: string;
            title: string;
            status: number;
            /** @description Stable: a code never changes its meaning, and new ones may come. */
            code: string;
            detail: string;
            instance?: string;
            /** @description The fields that are not valid. */
            errors?: {
                field: string;
                expected: string;
            }[];
        };
        Operation: {
            /** Format: uuid */
            id: string;
            /** @description Such as `tenant.create`, `migrations.run` or `export`; new ones may come. */
            kind: string;
            /** @enum {string} */
            state: "running" | "paused" | "succeeded" | "failed" | "cancelled";
            tenantId: string | null;
            steps: {
                name: string;
                startedAt: string;
            }[];
            progress: {
                done: number;
                /** @description May be an estimate. */
                total: number;
                /** @description What is counted. */
                unit: string;
                /** @description What is being worked on, such as a table. */
                item?: string;
                bytes?: number;
                percent: number;
                perSecond: number;
                secondsLeft: number | null;
            } | null;
            result: unknown;
            error: string | null;
            actor: {
                type: string;
                id: string;
            } | null;
            isCancelRequested: boolean;
            isPauseRequested: boolean;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            finishedAt: string | null;
        };
        ApiKey: {
            /** Format: uuid */
            id: string;
            label: string;
            /** @description The first characters, to recognise the key by. */
            prefix: string | null;
            scopes: string[];
            networks: string[];
            /** @description The pepper that its hash is made with; 0 for none. */
            pepperVersion: number;
            expiresAt: string | null;
            /** @description To the minute. */
            lastUsedAt: string | null;
            /** Format: date-time */
            createdAt: string;
            createdBy: {
                type: string;
                id: string;
            } | null;
            revokedAt: string | null;
            /** @description The key that took its place. */
            replacedBy: string | null;
        };
        NewApiKey: {
            /** Format: uuid */
            id: string;
            label: string;
            /** @description The first characters, to recognise the key by. */
            prefix: string | null;
            scopes: string[];
            networks: string[];
            /** @description The pepper that its hash is made with; 0 for none. */
            pepperVersion: number;
            expiresAt: string | null;
            /** @description To the minute. */
            lastUsedAt: string | null;
            /** Format: date-time */
            createdAt: string;
            createdBy: {
                type: string;
                id: string;
            } | null;
            revokedAt: string | null;
            /** @description The key that took its place. */
            replacedBy: string | null;
            /** @description The key itself. It is shown this once. */
            key: string;
        };
        OperatorEntry: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            tenantId: string;
            operator: {
                type: string;
                id: string;
            };
            reason: string;
            readOnly: boolean;
            /** @enum {string} */
            state: "active" | "ended";
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
            endedAt: string | null;
            /** @description Who ended it early. */
            endedBy: {
                type: string;
                id: string;
            } | null;
        };
        NewOperatorEntry: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            tenantId: string;
            operator: {
                type: string;
                id: string;
            };
            reason: string;
            readOnly: boolean;
            /** @enum {string} */
            state: "active" | "ended";
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
            endedAt: string | null;
            /** @description Who ended it early. */
            endedBy: {
                type: string;
                id: string;
            } | null;
            /** @description For the header `Rowhouse-Entry`. It is shown this once. */
            token: string;
        };
        AuditEntry: {
            /** @description Numbers have no gaps. */
            seq: number;
            /** Format: date-time */
            at: string;
            actor: {
                type: string;
                id: string;
            } | null;
            requestId: string | null;
            address: string | null;
            action: string;
            tenantId: string | null;
            target: string | null;
            before: unknown;
            after: unknown;
            reason: string | null;
            hash: string;
        };
        DeletionCertificate: {
            certificate: {
                /** @constant */
                format: 1;
                tenant: {
                    /** Format: uuid */
                    id: string;
                    slug: string;
                    name: string;
                    /** @enum {string} */
                    isolation: "schema" | "row" | "database";
                    placement: string;
                    createdAt: string;
                };
                /** @description The schema or the database that was dropped. */
                home: string | null;
                tables: {
                    name: string;
                    rows: number | null;
                }[];
                rows: number;
                /** @description What was removed that is not in PostgreSQL; null where it was left. Certificates of former releases have none. */
                contents?: {
                    name: string;
                    objects: number | null;
                    bytes: number | null;
                }[];
                purgedAt: string;
                by: {
                    type: string;
                    id: string;
                } | null;
                reason: string | null;
                export: {
                    file: string;
                    sizeBytes: number;
                    sha256: string;
                } | null;
                /** @description Archives of the tenant that were kept then. */
                archives: {
                    /** Format: uuid */
                    id: string;
                    sha256: string;
                    expiresAt: string;
                }[];
                audit: {
                    seq: number;
                    hash: string;
                };
            };
            /** @description Of the certificate, as JSON without spaces. */
            sha256: string;
            /** @description The certificate as a JSON Web Signature (EdDSA). */
            jws: string | null;
        };
        AuditVerification: {
            isIntact: boolean;
            fault: {
                seq: number;
                /** @enum {string} */
                problem: "missing" | "changed" | "unchained" | "forged" | "checkpoint";
                detail: string;
            } | null;
            entries: number;
            /** @description The last entry that retention removed; 0 for none. */
            droppedUpTo: number;
            head: {
                seq: number;
                hash: string;
            };
        };
        Domain: {
            /** @description In ASCII. */
            domain: string;
            /** @description As people write it. */
            unicode: string;
            /**
             * @description It is served while it is verified.
             * @enum {string}
             */
            status: "pending" | "verified" | "failed" | "lapsed";
            isPrimary: boolean;
            checkedAt: string | null;
            verifiedAt: string | null;
            /** @description Why the last check did not prove it. */
            failure: ("nxdomain" | "no-record" | "other-value" | "timeout" | "server-failure" | "taken") | null;
            /** Format: date-time */
            createdAt: string;
            /** @description The DNS record that proves it; null for one that a script has entered as proven. */
            challenge: {
                name: string;
                /** @constant */
                type: "TXT";
                value: string;
            } | null;
        };
        TenantSettings: {
            /** Format: uuid */
            tenantId: string;
            /** @description Counts the changes. */
            version: number;
            /** @description The settings in force. Secrets are null. */
            effective: {
                [key: string]: unknown;
            };
            /** @description What the tenant has of its own. Secrets are null. */
            overrides: {
                [key: string]: unknown;
            };
            secrets: {
                path: string;
                isSet: boolean;
            }[];
            /** @description JSON Schema of the overrides. */
            schema: {
                [key: string]: unknown;
            };
        };
        SettingsChange: {
            version: number;
            /** @enum {string} */
            action: "patch" | "unset" | "restore";
            changes: {
                path: string;
                /** @description null where the default was in force; "***" for a secret. */
                before: unknown;
                after: unknown;
                isSecret: boolean;
            }[];
            actor: {
                type: string;
                id: string;
            } | null;
            /** Format: date-time */
            changedAt: string;
        };
        TenantLimits: {
            /** Format: uuid */
            tenantId: string;
            plan: string;
            /** @description Whether the application declares the plan. */
            isDeclared: boolean;
            limits: {
                concurrency: {
                    /** @description null where the pool decides. */
                    value: number | null;
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
                noisyConcurrency: {
                    /** @description null where the pool decides. */
                    value: number | null;
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
                queue: {
                    /** @description null where the pool decides. */
                    value: number | null;
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
                statementTimeoutMs: {
                    /** @description null where the pool decides. */
                    value: number | null;
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
                idleInTransactionTimeoutMs: {
                    /** @description null where the pool decides. */
                    value: number | null;
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
                discardsPerSecond: {
                    /** @description null where the pool decides. */
                    value: number | null;
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
                resultBytes: {
                    /** @description null where the pool decides. */
                    value: number | null;
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
                preparedStatements: {
                    /** @description null where the pool decides. */
                    value: number | null;
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
            };
            quotas: {
                [key: string]: {
                    value: number | "unlimited";
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
            };
            rates: {
                [key: string]: {
                    /** @description Such as 100/minute, or unlimited. */
                    value: string;
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
            };
            features: {
                [key: string]: {
                    value: boolean;
                    /**
                     * @description Whether the tenant, its plan, or neither says so.
                     * @enum {string}
                     */
                    source: "override" | "plan" | "default";
                };
            };
            /** @description As stored; those of what is in no plan are not in force. */
            overrides: {
                [key: string]: unknown;
            };
        };
        Plan: {
            name: string;
            limits: {
                [key: string]: number;
            };
            quotas: {
                [key: string]: number | "unlimited";
            };
            rates: {
                [key: string]: string;
            };
            features: string[];
        };
        MigrationStatus: {
            /** @description Those of this release, in their order. */
            migrations: string[];
            versions: {
                /** @enum {string} */
                isolation: "schema" | "row" | "database";
                /** @description The last migration that they have had. */
                version?: string;
                /** @description The migrations of this release that they have not had. */
                pending: string[];
                /** @description Those that they have had and this release does not have. */
                unknown: string[];
                tenants: number;
            }[];
            /** @description All that have a home. */
            tenants: number;
            /** @description Those that lack migrations of this release. */
            behind: number;
        };
        MigrationPlan: {
            /** @enum {string} */
            direction: "up" | "down";
            /** @description Homes that would be changed. */
            total: number;
            /** @description Homes that get the same change; the largest group is first. */
            groups: {
                /** @description The last migration that the homes have had. */
                from?: string;
                /** @enum {string} */
                kind: "schema" | "row" | "database" | "shared";
                /** @description The migrations, in the order in which they would run. */
                names: string[];
                /** @description Tenants' slugs, `(rows)` or `(shared)`. */
                homes: string[];
                /** @description Migrations that are older than others that these homes have had. */
                outOfOrder: string[];
                sql?: {
                    name: string;
                    statements: string[];
                    /** @description Why the statements may be others for each home. */
                    dataDependence?: string;
                }[];
                /** @description Why the statements are not known. */
                sqlError?: string;
            }[];
        };
        RunWave: {
            /** @description From 1; 0 for the shared tables. */
            wave: number;
            isCanary: boolean;
            total: number;
            done: number;
            failed: number;
            /** @description Homes that had nothing left to do. */
            skipped: number;
            pending: number;
        };
        MigratedHome: {
            /** @description The tenant's slug, `(rows)` or `(shared)`. */
            label: string;
            /** @enum {string} */
            state: "pending" | "done" | "failed" | "skipped";
            /** @description The migrations that ran, or will run. */
            names: string[];
            /** @description Why it failed: the migration, its statement, and what PostgreSQL said. */
            error?: string;
            attempts: number;
            durationMs?: number;
            /** @description From 1; 0 for the shared tables. */
            wave: number;
        };
        Job: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            tenantId: string;
            /** @description null when the tenant is purged. */
            tenantSlug: string | null;
            name: string;
            /** @enum {string} */
            state: "waiting" | "running" | "completed" | "failed" | "cancelled";
            /** @description It waits because its tenant is not active. */
            isHeld: boolean;
            priority: number;
            singletonKey: string | null;
            /** @description Those that have ended, or are under way. */
            attempts: number;
            /** @description The message of the last error. */
            failure: string | null;
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it is due, or was.
             */
            runAt: string;
            /** @description When the last attempt began. */
            startedAt: string | null;
            endedAt: string | null;
        };
        JobCounts: {
            items: {
                name: string;
                /** @description Including those that are held. */
                waiting: number;
                /** @description Those of `waiting` whose tenant is not active. */
                held: number;
                running: number;
                completed: number;
                failed: number;
                cancelled: number;
            }[];
            /** @description Jobs of any tenant that are due, under names that no worker has handled for half an hour. */
            unhandled: {
                name: string;
                waiting: number;
            }[];
        };
        FleetMetrics: {
            /** Format: date-time */
            asOf: string;
            /** @description Everything since `since`. */
            ever: components["schemas"]["MetricCounts"];
            since: string | null;
            lastHour: components["schemas"]["MetricCounts"];
            lastDay: components["schemas"]["MetricCounts"];
            requestsPerSecond: {
                /** @description Of the last whole minute. */
                oneMinute: number;
                fiveMinutes: number;
            };
            /** @description Up to 255 are counted, of more the number is estimated within some 6 %. Days are those of UTC. */
            activeUsers: {
                today: number;
                thirtyDays: number;
            };
            /** @description null where it was not measured, or cannot be. */
            storage: {
                tableBytes: number;
                indexBytes: number;
                toastBytes: number;
                /** Format: date-time */
                measuredAt: string;
            } | null;
            /** @description null without @rowhouse/files, and where they were not counted yet. */
            files: {
                count: number;
                bytes: number;
                /** Format: date-time */
                measuredAt: string;
            } | null;
            /** @description What PostgreSQL has counted; null without pg_stat_statements, and for tenants without a role in the server of the catalog. */
            server: {
                executionMs: number;
                /** @description null without pg_stat_kcache. */
                cpuMs: number | null;
                blocksHit: number;
                blocksRead: number;
                blocksDirtied: number;
                blocksWritten: number;
                since: string | null;
            } | null;
            /** @description That did something in the last hour. */
            activeTenants: number;
            /** @description What belongs to no tenant; it is part of the sums. */
            withoutTenant: {
                ever: components["schemas"]["MetricCounts"];
                lastHour: components["schemas"]["MetricCounts"];
            };
        };
        MetricCounts: {
            /** @description Answered ones and aborted ones. */
            requests: number;
            responses2xx: number;
            responses3xx: number;
            responses4xx: number;
            responses5xx: number;
            /** @description The client went away before the answer was through. */
            aborted: number;
            /** @description Quantiles are within 9 %. null without requests. */
            latencyMs: {
                average: number;
                p50: number;
                p95: number;
                p99: number;
            } | null;
            statements: number;
            failedStatements: number;
            slowStatements: number;
            /** @description From when statements were sent until they were answered, added up. */
            databaseMs: number;
            /** @description That came back, or were changed. */
            rows: number;
            /** @description Requests for a connection that were not served at once. */
            poolWaits: number;
            poolWaitMs: number;
            /** @description Requests for a connection that got none. */
            poolExhausted: number;
            /** @description Results that TypeORM's query cache had. */
            cacheHits: number;
            cacheMisses: number;
        };
        MetricsNow: {
            /** Format: date-time */
            asOf: string;
            /** @description That have something to do. */
            instances: number;
            /** @description Of everything. */
            databaseMsPerSecond: number;
            /** @description Of the system and of operators; it is part of the sum. */
            msPerSecondWithoutTenant: number;
            /** @description In use, a mean. */
            connections: number;
            /** @description Requests that waited for one, a mean. */
            waiting: number;
            /** @description Connections that the pools may open. */
            capacity: number;
            /** @description Those with the most database time. */
            tenants: {
                /** Format: uuid */
                tenantId: string;
                slug: string | null;
                /** @description Milliseconds of database time in a second. */
                databaseMsPerSecond: number;
                /** @description Of the database time of everything, 0 to 1. */
                share: number | null;
                connections: number;
                waiting: number;
                /** @description null unless it is a noisy neighbour. */
                noisySince: string | null;
                /** @description Connections of each pool; null where it is not throttled. */
                throttledTo: number | null;
                /** @description Those that take the most of its time. */
                statements: {
                    /** @description Without values; null for what could not be read. */
                    shape: string | null;
                    /** @description Of the tenant's database time, 0 to 1, from looks at what is under way. */
                    share: number;
                    /** @description Under way when it was reported. */
                    running: number;
                    /** @description How long the longest of them had been. */
                    longestMs: number;
                }[];
            }[];
        };
        TenantMetrics: {
            tenant: {
                /** Format: uuid */
                id: string;
                slug: string;
            };
            /** Format: date-time */
            asOf: string;
            /** @description Everything since `since`. */
            ever: components["schemas"]["MetricCounts"];
            since: string | null;
            lastHour: components["schemas"]["MetricCounts"];
            lastDay: components["schemas"]["MetricCounts"];
            requestsPerSecond: {
                /** @description Of the last whole minute. */
                oneMinute: number;
                fiveMinutes: number;
            };
            /** @description Up to 255 are counted, of more the number is estimated within some 6 %. Days are those of UTC. */
            activeUsers: {
                today: number;
                thirtyDays: number;
            };
            /** @description null where it was not measured, or cannot be. */
            storage: {
                tableBytes: number;
                indexBytes: number;
                toastBytes: number;
                /** Format: date-time */
                measuredAt: string;
            } | null;
            /** @description null without @rowhouse/files, and where they were not counted yet. */
            files: {
                count: number;
                bytes: number;
                /** Format: date-time */
                measuredAt: string;
            } | null;
            /** @description What PostgreSQL has counted; null without pg_stat_statements, and for tenants without a role in the server of the catalog. */
            server: {
                executionMs: number;
                /** @description null without pg_stat_kcache. */
                cpuMs: number | null;
                blocksHit: number;
                blocksRead: number;
                blocksDirtied: number;
                blocksWritten: number;
                since: string | null;
            } | null;
            /** @description Those that took the most time. */
            slowStatements: {
                id: string;
                /** @description Without values; null for what could not be read. */
                shape: string | null;
                calls: number;
                averageMs: number;
                maxMs: number;
                rows: number;
                /** Format: date-time */
                firstAt: string;
                /** Format: date-time */
                lastAt: string;
            }[];
            /** @description Of the catalog's jobs, now. */
            jobs: {
                waiting: number;
                running: number;
                failed: number;
            };
        };
        StatementPlan: {
            shape: string;
            /** @description As EXPLAIN (GENERIC_PLAN) writes it, line by line. */
            plan: string[];
        };
        UsageRecord: {
            /** @description In the order in which records are made; without gaps. */
            seq: number;
            /** Format: uuid */
            tenantId: string;
            /** @description When it was recorded. */
            tenantSlug: string | null;
            /** @description When it was recorded. */
            tenantPlan: string | null;
            meter: string;
            unit: string | null;
            /**
             * Format: date-time
             * @description When it began, in UTC.
             */
            hour: string;
            /** @description From 1; a later one corrects those before. */
            revision: number;
            /** @description All of the hour, as a decimal number. */
            quantity: string;
            /** @description What is new since the revision before. */
            change: string;
            /** @description Whose bill it belongs to: `2026-10`. */
            month: string;
            /** Format: date-time */
            recordedAt: string;
        };
        UsageMonth: {
            month: string;
            isClosed: boolean;
            /**
             * Format: date-time
             * @description After the months before it.
             */
            closableFrom: string;
        };
        TenantUsage: {
            /** Format: uuid */
            tenantId: string;
            /** @description As the last record of the month names it. */
            tenantSlug: string | null;
            tenantPlan: string | null;
            meters: {
                meter: string;
                unit: string | null;
                /** @description A decimal number. */
                quantity: string;
            }[];
        };
        UsageClose: {
            month: string;
            /** Format: date-time */
            closedAt: string;
            closedBy: {
                type: string;
                id: string;
            } | null;
            /** @description How many totals it has: of each tenant and meter. */
            totals: number;
            /** @description Of the month that was closed before; zeros for the first. */
            previousHash: string;
            /** @description SHA-256 of `previousHash` and the totals, in hexadecimal digits. */
            hash: string;
        };
        CheckedUsageClose: {
            month: string;
            /** Format: date-time */
            closedAt: string;
            closedBy: {
                type: string;
                id: string;
            } | null;
            /** @description How many totals it has: of each tenant and meter. */
            totals: number;
            /** @description Of the month that was closed before; zeros for the first. */
            previousHash: string;
            /** @description SHA-256 of `previousHash` and the totals, in hexadecimal digits. */
            hash: string;
            /** @description Whether its totals still have this hash. */
            isIntact: boolean;
        };
        CacheStats: {
            process: components["schemas"]["Process"];
            /** @description Look-ups answered with a tenant from memory, since the process began. */
            hits: number;
            /** @description Look-ups answered with "unknown" from memory. */
            negativeHits: number;
            /** @description Look-ups that went to the store. */
            misses: number;
            storeErrors: number;
            /** @description Overdue tenants that were served because the store failed. */
            staleHits: number;
            /** @description Tenants that had to make room for others. */
            evictions: number;
            /** @description Tenants held now. */
            size: number;
            /** @description Unknown identifiers held now. */
            negativeSize: number;
            /** @description Calls of the store under way. */
            inFlight: number;
        };
        Process: {
            /** @description The name of its machine or container. */
            host: string;
            pid: number;
            /** Format: date-time */
            startedAt: string;
        };
        Pool: {
            /**
             * @description Of the main database, of a replica of it, of the one that tenants share on a placement, or of the database of one tenant.
             * @enum {string}
             */
            kind: "primary" | "replica" | "placement" | "tenant";
            /** @description Of a pool of the kinds `placement` and `tenant`. */
            placement: string | null;
            /** @description Of a pool of the kind `tenant`. */
            tenantId: string | null;
            /** @description Connections that it may open. */
            max: number;
            /** @description Connections open. */
            total: number;
            idle: number;
            /** @description Requests waiting for a connection. */
            waiting: number;
            /** @description Requests refused because too many of their tenant were waiting. */
            refused: number;
            /** @description Requests that got no connection in time. */
            timedOut: number;
            /** @description Connections closed because they had served too many tenants. */
            recycled: number;
            /** @description Connections closed because of what their user left in them. */
            discarded: number;
            /** @description Each that is open. */
            connections: {
                /** @description How many it has served since it was opened. */
                tenants: number;
                /** @description How many it keeps by itself. */
                preparedStatements: number;
            }[];
            /** @description Who has connections or waits for some now. */
            tenants: {
                /** @description null for the system context. */
                tenantId: string | null;
                active: number;
                waiting: number;
            }[];
        };
        DoctorReport: {
            checks: {
                id: string;
                /** @enum {string} */
                status: "pass" | "warn" | "fail";
                detail: string;
                /** @description What to do about it; empty for a pass. */
                remedy: string;
            }[];
        };
        DriftFinding: {
            /** @description The tenant's slug; `(rows)` for the tables that row tenants share. */
            home: string;
            /** @enum {string} */
            finding: "drifted" | "unknown" | "failed";
            differences: {
                kind: string;
                name: string;
                /** @enum {string} */
                change: "missing" | "extra" | "different";
                expected?: string;
                actual?: string;
            }[];
            /** @description Those that this release does not have. */
            migrations: string[];
            /** @description Why it could not be compared. */
            error: string | null;
        };
        Workers: {
            items: {
                /** @description host:port. */
                name: string;
                tenants: number;
                /** @description Of the tables of tenants, with their indexes. */
                sizeBytes: number;
            }[];
        };
        RebalancePlan: {
            items: {
                slug: string;
                from: string;
                to: string;
                sizeBytes: number;
            }[];
        };
        Me: {
            /** @description As audits name the operator. */
            id: string;
            /** @enum {string} */
            role: "viewer" | "operator" | "owner";
            /** @description Whether the database is one of Citus, so that there are `workers`. */
            hasWorkers: boolean;
        };
        OwnOperatorEntry: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            tenantId: string;
            operator: {
                type: string;
                id: string;
            };
            reason: string;
            readOnly: boolean;
            /** @enum {string} */
            state: "active" | "ended";
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
            endedAt: string | null;
            /** @description Who ended it early. */
            endedBy: {
                type: string;
                id: string;
            } | null;
            tenantSlug: string;
            /** @description By the clock of the catalog, which ends it. */
            secondsLeft: number;
        };
        FleetCounts: {
            tenants: number;
            byStatus: {
                [key: string]: number;
            };
            /** @description Of those that have not been deleted. */
            byHealth: {
                [key: string]: number;
            };
            /** @description By the last migration of their homes, latest first: of those that have not been deleted. */
            byVersion: {
                version: string | null;
                tenants: number;
            }[];
        };
        Member: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            tenantId: string;
            issuer: string;
            subject: string;
            email: string;
            name: string;
            roles: string[];
            /** @enum {string} */
            status: "active" | "suspended";
            /** @description Exact to ten minutes. The ETag is the same before and after. */
            lastSeenAt: string | null;
            /** Format: date-time */
            createdAt: string;
            createdBy: {
                type: string;
                id: string;
            } | null;
            /** Format: date-time */
            updatedAt: string;
        };
        Invitation: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            tenantId: string;
            email: string;
            roles: string[];
            /** @enum {string} */
            state: "pending" | "accepted" | "revoked" | "expired";
            /** Format: date-time */
            expiresAt: string;
            /** Format: date-time */
            createdAt: string;
            createdBy: {
                type: string;
                id: string;
            } | null;
        };
        NewInvitation: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            tenantId: string;
            email: string;
            roles: string[];
            /** @enum {string} */
            state: "pending" | "accepted" | "revoked" | "expired";
            /** Format: date-time */
            expiresAt: string;
            /** Format: date-time */
            createdAt: string;
            createdBy: {
                type: string;
                id: string;
            } | null;
            /** @description What the link carries. It is answered once. */
            token: string;
        };
        MemberCounts: {
            users: number;
            activeUsers: number;
            tenants: {
                items: {
                    /** Format: uuid */
                    id: string;
                    slug: string;
                    users: number;
                    activeUsers: number;
                }[];
                next: string | null;
            };
        };
        Webhook: {
            /** Format: uuid */
            id: string;
            /** @description The tenant that it hears of; null for all tenants. */
            tenantId: string | null;
            url: string;
            description: string;
            /** @description The types that it hears of. Empty: all of them. */
            events: string[];
            /** @description While it is disabled it hears of nothing, and what is pending waits. */
            disabledAt: string | null;
            /** @description gone: the receiver answered 410. */
            disabledBecause: ("operator" | "gone") | null;
            /** @description Until then messages have two signatures. */
            previousSecretUntil: string | null;
            /** Format: date-time */
            createdAt: string;
            createdBy: {
                type: string;
                id: string;
            } | null;
            /** Format: date-time */
            updatedAt: string;
        };
        WebhookWithSecret: {
            /** Format: uuid */
            id: string;
            /** @description The tenant that it hears of; null for all tenants. */
            tenantId: string | null;
            url: string;
            description: string;
            /** @description The types that it hears of. Empty: all of them. */
            events: string[];
            /** @description While it is disabled it hears of nothing, and what is pending waits. */
            disabledAt: string | null;
            /** @description gone: the receiver answered 410. */
            disabledBecause: ("operator" | "gone") | null;
            /** @description Until then messages have two signatures. */
            previousSecretUntil: string | null;
            /** Format: date-time */
            createdAt: string;
            createdBy: {
                type: string;
                id: string;
            } | null;
            /** Format: date-time */
            updatedAt: string;
            /** @description whsec_…, which verifies messages. It is shown this once. */
            secret: string;
        };
        WebhookDelivery: {
            /**
             * Format: uuid
             * @description The `webhook-id` of the message, in every attempt.
             */
            id: string;
            /** Format: uuid */
            webhookId: string;
            type: string;
            /** @description null for a test. */
            tenantId: string | null;
            /** @enum {string} */
            status: "pending" | "delivered" | "dead";
            attempts: number;
            nextAttemptAt: string | null;
            attemptedAt: string | null;
            /** @description What the receiver answered last. */
            responseStatus: number | null;
            /** @description Why the last attempt failed. */
            failure: string | null;
            /** Format: date-time */
            createdAt: string;
            endedAt: string | null;
        };
        TransferChoices: {
            /** @description Records that can go along with rows. */
            include: ("settings" | "domains" | "members" | "overrides")[];
            /** @description Masks of clones. */
            masks: string[];
            /** @description Keys that open encrypted uploads: their names. */
            identities: string[];
            maxUploadBytes: number;
            hasBackups: boolean;
        };
        TenantTables: {
            items: {
                name: string;
                /** @description About how many, as PostgreSQL's planner estimates it. */
                rows: number;
            }[];
        };
        Export: {
            /**
             * Format: uuid
             * @description That of the operation that made it.
             */
            id: string;
            /** Format: uuid */
            tenantId: string;
            slug: string;
            sizeBytes: number;
            /** @description Of the file. */
            sha256: string;
            rows: number;
            tables: {
                name: string;
                rows: number;
            }[];
            createdBy: {
                type: string;
                id: string;
            } | null;
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it is removed.
             */
            expiresAt: string;
        };
        DownloadLink: {
            /** @description Below the origin of the server. Whoever has it can download the archive. */
            url: string;
            /** Format: date-time */
            expiresAt: string;
        };
        Upload: {
            /** Format: uuid */
            id: string;
            sizeBytes: number;
            /** @description Where the next request goes on. */
            receivedBytes: number;
            createdBy: {
                type: string;
                id: string;
            } | null;
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it is removed, if nothing more is sent.
             */
            expiresAt: string;
        };
        Backup: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            tenantId: string;
            /** @description The tenant's at the time. */
            slug: string;
            /** @enum {string} */
            kind: "manual" | "scheduled";
            /** @enum {string} */
            state: "running" | "complete" | "failed" | "damaged";
            /**
             * Format: date-time
             * @description Its rows are as they were at this moment.
             */
            takenAt: string;
            finishedAt: string | null;
            tables: number | null;
            rows: number | null;
            /** @description Of the file. Backups of a tenant that did not change share one. */
            bytes: number | null;
            /** @description Of the file. */
            sha256: string | null;
            /** @description When a test restore last had the same rows. */
            provenAt: string | null;
            /** @description Why it failed, is damaged, or its last test restore failed. */
            error: string | null;
        };
        BackupStatus: {
            /** Format: uuid */
            tenantId: string;
            slug: string;
            plan: string;
            /** @description Five fields of cron; null where it is backed up by hand only. */
            schedule: string | null;
            /** @description Of the schedule. */
            timeZone: string;
            /** @description Which scheduled backups are kept. */
            keep: {
                hourly?: number;
                daily?: number;
                weekly?: number;
                monthly?: number;
            };
            /** @description null too while no process has run the schedule. */
            nextAt: string | null;
            /** @description When its latest backup was taken that can be restored. */
            lastGoodAt: string | null;
            /** @description The latest one, good or not. */
            last: components["schemas"]["Backup"] | null;
            /** @description The last attempt, or the last test restore, has failed. */
            hasFailed: boolean;
        };
        Diff: {
            /** @description No row, table or column differs. */
            isEqual: boolean;
            tables: {
                name: string;
                /** @description Rows that only the other tenant has. */
                added: number;
                /** @description Rows that only this tenant has. */
                removed: number;
                changed: number;
                /** @description The columns that rows are matched by. */
                key: string[];
                columnsOnlyBefore: string[];
                columnsOnlyAfter: string[];
            }[];
            tablesOnlyBefore: string[];
            tablesOnlyAfter: string[];
        };
        Journal: {
            isEnabled: boolean;
            /** @description The earliest moment that it leads back to. */
            since: string | null;
            /** @description Changes of rows that it holds. */
            changes: number | null;
        };
        SignInMethods: {
            /** @description The OpenID Connect provider of people; null where there are tokens alone. */
            provider: {
                /** @description As it names itself. */
                issuer: string;
                /** @description Where a browser begins; `returnTo` is added as a query. */
                loginUrl: string;
            } | null;
            /** @description Whether the browser has a session. */
            isSignedIn: boolean;
        };
    };
    responses: {
        /** @description The request is not valid. */
        Problem400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No operator is signed in. */
        Problem401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The operator's role is less than the route needs. */
        Problem403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many failed sign-ins. */
        Problem429: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The state does not allow it. */
        Problem409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The Idempotency-Key was sent with another request. */
        Problem422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing. */
        Problem404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It has changed since it was read. */
        Problem412: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It has ended. */
        Problem410: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There are no such bytes. */
        Problem416: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is too large. */
        Problem413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is of another type. */
        Problem415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Another request is changing it. */
        Problem423: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description What has arrived does not have the checksum that was sent with it. */
        Problem460: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    tenants_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                search?: string;
                status?: "provisioning" | "active" | "suspended" | "maintenance" | "archived" | "deleting" | "deleted" | "failed";
                plan?: string;
                isolation?: "schema" | "row" | "database";
                placement?: string;
                version?: string | "";
                lacks?: string;
                health?: "ok" | "behind" | "failed";
                unfinished?: boolean;
                sort?: "slug" | "-slug" | "name" | "-name" | "createdAt" | "-createdAt" | "updatedAt" | "-updatedAt";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Tenant"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    tenants_create: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    slug: string;
                    name?: string;
                    /** @enum {string} */
                    isolation?: "schema" | "row" | "database";
                    placement?: string;
                    plan?: string;
                    metadata?: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenants_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    tenants_remove: {
        parameters: {
            query?: {
                retentionDays?: number;
            };
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tenant: components["schemas"]["Tenant"];
                        /** Format: date-time */
                        purgeAfter: string;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    tenants_update: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name?: string;
                    plan?: string;
                    metadata?: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    tenants_suspend: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenants_activate: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenants_maintenance: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenants_archive: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenants_restore: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenants_purge: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The tenant's slug, typed again. */
                    confirm: string;
                    /** @default false */
                    beforeRetentionEnds?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    apiKeys_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ApiKey"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    apiKeys_create: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What the key is for. Need not be unique. */
                    label: string;
                    /** @description What the key may do: orders:write, orders:*, *. */
                    scopes?: string[];
                    /** @description Where it may be used from, as CIDR. Empty: from everywhere. */
                    networks?: string[];
                    /** @description When it stops working; null for never. */
                    expiresAt?: (string) | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    apiKeys_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    apiKeys_revoke: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    apiKeys_update: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What the key is for. Need not be unique. */
                    label?: string;
                    /** @description What the key may do: orders:write, orders:*, *. */
                    scopes?: string[];
                    /** @description Where it may be used from, as CIDR. Empty: from everywhere. */
                    networks?: string[];
                    /** @description When it stops working; null for never. */
                    expiresAt?: (string) | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    apiKeys_rotate: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description How long the old key still works.
                     * @default 24
                     */
                    overlapHours?: number;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    operatorEntries_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                state?: "active" | "ended";
            };
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["OperatorEntry"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    operatorEntries_begin: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Why, such as a ticket and what it is about. It stands in the audit trail of the tenant. */
                    reason: string;
                    /**
                     * @description How long it lasts.
                     * @default 15
                     */
                    minutes?: number;
                    /**
                     * @description Whether PostgreSQL refuses every write.
                     * @default true
                     */
                    readOnly?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewOperatorEntry"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    operatorEntries_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
                entry: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorEntry"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    operatorEntries_end: {
        parameters: {
            query?: never;
            header?: {
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
                entry: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorEntry"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantAudit_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description The id of an actor. */
                actor?: string;
                /** @description The beginning of an action: `api_key.` */
                action?: string;
                /** @description The first moment. */
                from?: string;
                /** @description The moment after the last. */
                to?: string;
            };
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AuditEntry"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    deletionCertificate_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletionCertificate"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    audit_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description The id of a tenant, which may be purged. */
                tenant?: string;
                /** @description The id of an actor. */
                actor?: string;
                /** @description The beginning of an action: `api_key.` */
                action?: string;
                /** @description The first moment. */
                from?: string;
                /** @description The moment after the last. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AuditEntry"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    audit_export: {
        parameters: {
            query?: {
                /** @description The id of a tenant, which may be purged. */
                tenant?: string;
                /** @description The id of an actor. */
                actor?: string;
                /** @description The beginning of an action: `api_key.` */
                action?: string;
                /** @description The first moment. */
                from?: string;
                /** @description The moment after the last. */
                to?: string;
                format?: "ndjson" | "csv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    audit_verify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerification"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    domains_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Domain"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    domains_add: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A host name, in Unicode or punycode. */
                    domain: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    domains_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    domains_remove: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    domains_verify: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    domains_makePrimary: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    settings_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantSettings"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    settings_patch: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantSettings"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    settings_history: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["SettingsChange"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    settings_restore: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description 0 is the one without overrides. */
                    version: number;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantSettings"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantLimits_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantLimits"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantLimits_override: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    limits?: {
                        concurrency?: number | null;
                        noisyConcurrency?: number | null;
                        queue?: number | null;
                        statementTimeoutMs?: number | null;
                        idleInTransactionTimeoutMs?: number | null;
                        discardsPerSecond?: number | null;
                        resultBytes?: number | null;
                        preparedStatements?: number | null;
                    };
                    quotas?: {
                        [key: string]: (number | "unlimited") | null;
                    };
                    rates?: {
                        [key: string]: string | null;
                    };
                    features?: {
                        [key: string]: boolean | null;
                    };
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantLimits"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    plans_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Plan"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    migrations_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MigrationStatus"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    migrations_plan: {
        parameters: {
            query?: {
                /** @description Whether the statements are shown. The migrations run for it in a schema of their own. */
                sql?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MigrationPlan"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    migrations_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    tenants?: string[];
                    where?: {
                        plan?: string;
                        placement?: string;
                        /** @enum {string} */
                        status?: "provisioning" | "active" | "suspended" | "maintenance" | "archived" | "deleting" | "deleted" | "failed";
                        /** @enum {string} */
                        isolation?: "schema" | "row" | "database";
                        metadata?: {
                            [key: string]: unknown;
                        };
                    };
                    limit?: number;
                    /** @default 4 */
                    concurrency?: number;
                    canary?: number;
                    /** @default 100 */
                    wave?: number;
                    /** @default 0.1 */
                    maxFailureRate?: number;
                    /** @default 2000 */
                    lockTimeoutMs?: number;
                    /** @default 5 */
                    retries?: number;
                    /** @default false */
                    maintenance?: boolean;
                    /** @default true */
                    scripts?: boolean;
                    /** @enum {string} */
                    direction?: "up" | "down";
                    steps?: number;
                    /** @description The tenants that fit it when the run begins, as `GET tenants` finds them. */
                    filter?: {
                        search?: string;
                        /** @enum {string} */
                        status?: "provisioning" | "active" | "suspended" | "maintenance" | "archived" | "deleting" | "deleted" | "failed";
                        plan?: string;
                        /** @enum {string} */
                        isolation?: "schema" | "row" | "database";
                        placement?: string;
                        version?: string | "";
                        lacks?: string;
                        /** @enum {string} */
                        health?: "ok" | "behind" | "failed";
                        unfinished?: boolean;
                    };
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    migrations_waves: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["RunWave"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    migrations_homes: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                state?: "pending" | "done" | "failed" | "skipped";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["MigratedHome"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    operations_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description Such as `tenant.create`, `migrations.run` or `export`; new ones may come. */
                kind?: string;
                state?: "running" | "paused" | "succeeded" | "failed" | "cancelled";
                /** @description By slug or id. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Operation"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    operations_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    operations_cancel: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    operations_retry: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    operations_pause: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    operations_resume: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    operations_events: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    jobs_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description By slug or id; of a purged one, by its id. */
                tenant?: string;
                name?: string;
                state?: "waiting" | "running" | "completed" | "failed" | "cancelled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Job"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    jobs_counts: {
        parameters: {
            query?: {
                /** @description By slug or id; of a purged one, by its id. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobCounts"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    jobs_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    jobs_retry: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    jobs_cancel: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    metrics_fleet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FleetMetrics"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    metrics_fleetSeries: {
        parameters: {
            query?: {
                resolution?: "minute" | "hour";
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /**
                             * Format: date-time
                             * @description When it began.
                             */
                            time: string;
                            /** @description Answered ones and aborted ones. */
                            requests: number;
                            responses2xx: number;
                            responses3xx: number;
                            responses4xx: number;
                            responses5xx: number;
                            /** @description The client went away before the answer was through. */
                            aborted: number;
                            /** @description Quantiles are within 9 %. null without requests. */
                            latencyMs: {
                                average: number;
                                p50: number;
                                p95: number;
                                p99: number;
                            } | null;
                            statements: number;
                            failedStatements: number;
                            slowStatements: number;
                            /** @description From when statements were sent until they were answered, added up. */
                            databaseMs: number;
                            /** @description That came back, or were changed. */
                            rows: number;
                            /** @description Requests for a connection that were not served at once. */
                            poolWaits: number;
                            poolWaitMs: number;
                            /** @description Requests for a connection that got none. */
                            poolExhausted: number;
                            /** @description Results that TypeORM's query cache had. */
                            cacheHits: number;
                            cacheMisses: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    metrics_now: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricsNow"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    metrics_top: {
        parameters: {
            query?: {
                by?: "requests" | "responses4xx" | "responses5xx" | "aborted" | "requestMs" | "statements" | "failedStatements" | "slowStatements" | "databaseMs" | "rows" | "poolWaits" | "poolWaitMs" | "poolExhausted" | "cacheHits" | "cacheMisses" | "storageBytes" | "files" | "fileBytes";
                limit?: number;
                /** @description The time up to now; storage and files are always those of now. */
                over?: "5m" | "1h" | "24h" | "30d" | "ever";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /** Format: uuid */
                            tenantId: string;
                            slug: string | null;
                            value: number;
                            /** @description Of the sum over everything, 0 to 1. */
                            share: number | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    metrics_of: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantMetrics"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    metrics_series: {
        parameters: {
            query?: {
                resolution?: "minute" | "hour";
                from?: string;
                to?: string;
            };
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /**
                             * Format: date-time
                             * @description When it began.
                             */
                            time: string;
                            /** @description Answered ones and aborted ones. */
                            requests: number;
                            responses2xx: number;
                            responses3xx: number;
                            responses4xx: number;
                            responses5xx: number;
                            /** @description The client went away before the answer was through. */
                            aborted: number;
                            /** @description Quantiles are within 9 %. null without requests. */
                            latencyMs: {
                                average: number;
                                p50: number;
                                p95: number;
                                p99: number;
                            } | null;
                            statements: number;
                            failedStatements: number;
                            slowStatements: number;
                            /** @description From when statements were sent until they were answered, added up. */
                            databaseMs: number;
                            /** @description That came back, or were changed. */
                            rows: number;
                            /** @description Requests for a connection that were not served at once. */
                            poolWaits: number;
                            poolWaitMs: number;
                            /** @description Requests for a connection that got none. */
                            poolExhausted: number;
                            /** @description Results that TypeORM's query cache had. */
                            cacheHits: number;
                            cacheMisses: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    metrics_plan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
                statement: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatementPlan"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 1000. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description By slug or id; a purged tenant by its id. */
                tenant?: string;
                /** @description `requests`, `databaseMs`, or one of the app. */
                meter?: string;
                /** @description The first hour. */
                from?: string;
                /** @description The hour after the last. */
                to?: string;
                /** @description The month whose bill they belong to: `2026-10`. */
                month?: string;
                /** @description Only later revisions and adjustments: what was counted after its hour was recorded first, or its month closed. */
                late?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["UsageRecord"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_export: {
        parameters: {
            query?: {
                /** @description By slug or id; a purged tenant by its id. */
                tenant?: string;
                /** @description `requests`, `databaseMs`, or one of the app. */
                meter?: string;
                /** @description The first hour. */
                from?: string;
                /** @description The hour after the last. */
                to?: string;
                /** @description The month whose bill they belong to: `2026-10`. */
                month?: string;
                /** @description Only later revisions and adjustments: what was counted after its hour was recorded first, or its month closed. */
                late?: boolean;
                format?: "ndjson" | "csv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_listMonths: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["UsageMonth"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_sums: {
        parameters: {
            query?: {
                /** @description Of UTC: `2026-10`. Default: the present one. */
                month?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            meter: string;
                            unit: string | null;
                            /** @description A decimal number. */
                            quantity: string;
                            /** @description How many used it. */
                            tenants: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_totals: {
        parameters: {
            query?: {
                /** @description Items per page, at most 1000. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description Of UTC: `2026-10`. Default: the present one. */
                month?: string;
                /** @description By slug or id; a purged tenant by its id. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["TenantUsage"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_listCloses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["UsageClose"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_close: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description `2026-10` */
                    month: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageClose"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_findClose: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                month: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckedUsageClose"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_exportClose: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                month: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv; charset=utf-8": string;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_listSinks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            name: string;
                            /** @description Records that it has not had. */
                            pending: number;
                            /** @description Since the last success. */
                            failedAttempts: number;
                            nextAttemptAt: string | null;
                            attemptedAt: string | null;
                            /** @description Of the last attempt. */
                            failure: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    usage_retry: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description How many sinks are tried again. */
                        retried: number;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    cache_stats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CacheStats"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    cache_flush: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    pools_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        process: components["schemas"]["Process"];
                        items: components["schemas"]["Pool"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    doctor_examine: {
        parameters: {
            query?: {
                /** @description Without checks that take longer with more tenants. */
                quick?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DoctorReport"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    drift_compare: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["DriftFinding"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                        /** @description Homes that could be compared, for this page. All that are no items are as they should be. */
                        compared: number;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    workers_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workers"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    workers_plan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RebalancePlan"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    workers_rebalance: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    relocations_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description host:port, or the host where one worker has it. */
                    worker: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    openApi_read: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    me_read: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    myEntries_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["OwnOperatorEntry"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    fleet_read: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FleetCounts"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    members_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                search?: string;
                role?: string;
                status?: "active" | "suspended";
            };
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Member"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    members_add: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    issuer: string;
                    subject: string;
                    /** Format: email */
                    email: string;
                    name?: string;
                    roles: string[];
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    members_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    members_remove: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    members_change: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
                member: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email?: string;
                    name?: string;
                    roles?: string[];
                    /** @enum {string} */
                    status?: "active" | "suspended";
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    invitations_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Invitation"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    invitations_create: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    roles: string[];
                    /** @default 7 */
                    expiresInDays?: number;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewInvitation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    invitations_revoke: {
        parameters: {
            query?: never;
            header?: {
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            429: components["responses"]["Problem429"];
        };
    };
    memberCounts_counts: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberCounts"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    webhooks_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description Only those of this tenant: a slug or an id. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Webhook"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    webhooks_create: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What it is for. */
                    description: string;
                    /** @description An https: URL of the public internet. */
                    url: string;
                    /**
                     * @description The types of events that it hears of. Empty: all of them.
                     * @default []
                     */
                    events?: ("tenant.created" | "tenant.updated" | "tenant.suspended" | "tenant.activated" | "tenant.archived" | "tenant.maintenance" | "tenant.deleted" | "tenant.restored" | "tenant.purged" | "tenant.failed" | "tenant.invited" | "tenant.quotaNear" | "tenant.quotaReached" | "tenant.noisy" | "tenant.quiet" | "tenant.fileQuarantined")[];
                    /** @description A slug or an id: it hears of this tenant only. Left out: of all tenants. */
                    tenant?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    webhooks_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    webhooks_remove: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    webhooks_update: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "X-Reason"?: string;
            };
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What it is for. */
                    description?: string;
                    /** @description An https: URL of the public internet. */
                    url?: string;
                    /** @description The types of events that it hears of. Empty: all of them. */
                    events?: ("tenant.created" | "tenant.updated" | "tenant.suspended" | "tenant.activated" | "tenant.archived" | "tenant.maintenance" | "tenant.deleted" | "tenant.restored" | "tenant.purged" | "tenant.failed" | "tenant.invited" | "tenant.quotaNear" | "tenant.quotaReached" | "tenant.noisy" | "tenant.quiet" | "tenant.fileQuarantined")[];
                    enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            412: components["responses"]["Problem412"];
            429: components["responses"]["Problem429"];
        };
    };
    webhooks_rotate: {
        parameters: {
            query?: never;
            header?: {
                "If-Match"?: string;
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description How long messages are signed by the old secret as well.
                     * @default 24
                     */
                    overlapHours?: number;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    webhookDeliveries_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                status?: "pending" | "delivered" | "dead";
            };
            header?: never;
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["WebhookDelivery"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    webhookDeliveries_test: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    webhookDeliveries_resendDead: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description How many messages are sent again. */
                        resent: number;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    webhookDeliveries_resend: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                webhook: string;
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantExports_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description What of the tenant goes along that the catalog keeps.
                     * @default []
                     */
                    include?: ("settings" | "domains" | "members" | "overrides")[];
                    /** @description Whether contents that rows name go along, such as files. Default: true. */
                    contents?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantCopies_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Default: all. */
                    tables?: string[];
                    /**
                     * @description Whether the tables that the chosen ones refer to come along.
                     * @default true
                     */
                    withDependencies?: boolean;
                    /**
                     * @description For rows whose key another row has there. `overwrite` needs the role owner.
                     * @default fail
                     * @enum {string}
                     */
                    onConflict?: "fail" | "skip" | "overwrite" | "remap";
                    /** @description Whether contents that rows name go along, such as files. Default: true. */
                    contents?: boolean;
                    /**
                     * @description Counts rows and conflicts, and changes nothing.
                     * @default false
                     */
                    dryRun?: boolean;
                    /** @description The slug or the id of the tenant that the rows go to. */
                    to: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantMoves_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Default: all. */
                    tables?: string[];
                    /**
                     * @description Whether the tables that the chosen ones refer to come along.
                     * @default true
                     */
                    withDependencies?: boolean;
                    /**
                     * @description For rows whose key another row has there. `overwrite` needs the role owner.
                     * @default fail
                     * @enum {string}
                     */
                    onConflict?: "fail" | "skip" | "overwrite" | "remap";
                    /** @description Whether contents that rows name go along, such as files. Default: true. */
                    contents?: boolean;
                    /**
                     * @description Counts rows and conflicts, and changes nothing.
                     * @default false
                     */
                    dryRun?: boolean;
                    /** @description The slug or the id of the tenant that the rows go to. */
                    to: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantImports_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Default: all. */
                    tables?: string[];
                    /**
                     * @description Whether the tables that the chosen ones refer to come along.
                     * @default true
                     */
                    withDependencies?: boolean;
                    /**
                     * @description For rows whose key another row has there. `overwrite` needs the role owner.
                     * @default fail
                     * @enum {string}
                     */
                    onConflict?: "fail" | "skip" | "overwrite" | "remap";
                    /** @description Whether contents that rows name go along, such as files. Default: true. */
                    contents?: boolean;
                    /**
                     * @description Counts rows and conflicts, and changes nothing.
                     * @default false
                     */
                    dryRun?: boolean;
                    /**
                     * Format: uuid
                     * @description The id of an archive that is kept; this, or `upload`.
                     */
                    export?: string;
                    /**
                     * Format: uuid
                     * @description The id of an upload that is complete; this, or `export`.
                     */
                    upload?: string;
                    /** @description The name of the secret key that opens an encrypted archive; the application has declared it. */
                    identity?: string;
                    /**
                     * @description What of the tenant goes along that the catalog keeps.
                     * @default []
                     */
                    include?: ("settings" | "domains" | "members" | "overrides")[];
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantClones_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    slug: string;
                    name?: string;
                    /** @enum {string} */
                    isolation?: "schema" | "row" | "database";
                    placement?: string;
                    plan?: string;
                    /**
                     * @description It is suspended, and was never active: requests are not served, and schedules do not run its jobs.
                     * @default false
                     */
                    suspended?: boolean;
                    /** @description The name of masks that the application has declared. */
                    masks?: string;
                    /**
                     * @description Every value stays as it is. Without masks it must be true.
                     * @default false
                     */
                    unmasked?: boolean;
                    /** @description Whether contents that rows name go along, such as files. Default: true without masks, false with them. */
                    contents?: boolean;
                    /** @description A part of the rows. Default: all. */
                    sample?: {
                        share: number;
                    } | {
                        tables: {
                            [key: string]: {
                                share: number;
                            } | {
                                rows: number;
                            };
                        };
                    };
                    /** @description When the clone is removed. Default: never. */
                    expiresInDays?: number;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantBackups_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Backup"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantBackups_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Whether contents that rows name go along, such as files. Default: as the application says. */
                    contents?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantRewinds_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    slug?: string;
                    name?: string;
                    /** @enum {string} */
                    isolation?: "schema" | "row" | "database";
                    placement?: string;
                    plan?: string;
                    /**
                     * Format: date-time
                     * @description The moment. The journal must lead back to it.
                     */
                    at: string;
                    /** @default true */
                    suspended?: boolean;
                    /** @description Whether contents that rows name go along, such as files. Default: true. */
                    contents?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantTakeBacks_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The slug or the id of the tenant whose rows are taken. It is not changed. */
                    from: string;
                    /** @description Taken back as a whole. Default: all, unless `rows` are given. */
                    tables?: string[];
                    rows?: {
                        table: string;
                        /** @description The values of its key, as texts and in the order of the key. */
                        key: string[];
                    }[];
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    tenantTakeBacksUndo_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    transferChoices_read: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TransferChoices"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    tables_list: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantTables"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    exports_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description The id of a tenant, which may be purged. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Export"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    exports_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    exports_remove: {
        parameters: {
            query?: never;
            header?: {
                "X-Reason"?: string;
            };
            path: {
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    exports_content: {
        parameters: {
            query?: never;
            header?: {
                "If-Range"?: string;
                Range?: string;
            };
            path: {
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/gzip": unknown;
                };
            };
            /** @description A part of it. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The client has it already. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            416: components["responses"]["Problem416"];
            429: components["responses"]["Problem429"];
        };
    };
    exports_link: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                export: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default 15 */
                    minutes?: number;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadLink"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    imports_start: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    slug?: string;
                    name?: string;
                    /** @enum {string} */
                    isolation?: "schema" | "row" | "database";
                    placement?: string;
                    plan?: string;
                    /**
                     * @description It is suspended, and was never active: requests are not served, and schedules do not run its jobs.
                     * @default false
                     */
                    suspended?: boolean;
                    /**
                     * @description What of the tenant goes along that the catalog keeps.
                     * @default []
                     */
                    include?: ("settings" | "domains" | "members" | "overrides")[];
                    /** @description Whether contents that rows name go along, such as files. Default: true. */
                    contents?: boolean;
                    /**
                     * @description Checks the archive, and makes nothing.
                     * @default false
                     */
                    dryRun?: boolean;
                    /**
                     * Format: uuid
                     * @description The id of an archive that is kept; this, or `upload`.
                     */
                    export?: string;
                    /**
                     * Format: uuid
                     * @description The id of an upload that is complete; this, or `export`.
                     */
                    upload?: string;
                    /** @description The name of the secret key that opens an encrypted archive; the application has declared it. */
                    identity?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    imports_upload: {
        parameters: {
            query?: {
                slug?: string;
                name?: string;
                isolation?: "schema" | "row" | "database";
                placement?: string;
                plan?: string;
                /** @description It is suspended, and was never active: requests are not served, and schedules do not run its jobs. */
                suspended?: string;
                /** @description What of the tenant goes along that the catalog keeps. Separated by commas. */
                include?: string;
                /** @description Whether contents that rows name go along, such as files. Default: true. */
                contents?: string;
                /** @description Checks the archive, and makes nothing. */
                dryRun?: string;
                /** @description The name of the secret key that opens an encrypted archive; the application has declared it. */
                identity?: string;
            };
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/gzip": unknown;
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    uploads_create: {
        parameters: {
            query?: never;
            header?: {
                "Tus-Resumable"?: string;
                "Upload-Length"?: string;
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    uploads_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                upload: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    uploads_remove: {
        parameters: {
            query?: never;
            header?: {
                "X-Reason"?: string;
            };
            path: {
                upload: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    uploads_append: {
        parameters: {
            query?: never;
            header?: {
                "Tus-Resumable"?: string;
                "Upload-Checksum"?: string;
                "Upload-Offset"?: string;
                "X-Reason"?: string;
            };
            path: {
                upload: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/offset+octet-stream": unknown;
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            412: components["responses"]["Problem412"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            423: components["responses"]["Problem423"];
            429: components["responses"]["Problem429"];
            460: components["responses"]["Problem460"];
        };
    };
    backups_list: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description The id of a tenant, which may be purged. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Backup"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    backups_statuses: {
        parameters: {
            query?: {
                /** @description Items per page, at most 200. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description The id of a tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["BackupStatus"][];
                        /** @description Sent back as `cursor`, it asks for the next page; null on the last one. */
                        next: string | null;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
        };
    };
    backups_find: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backup: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    backups_remove: {
        parameters: {
            query?: never;
            header?: {
                "X-Reason"?: string;
            };
            path: {
                backup: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            429: components["responses"]["Problem429"];
        };
    };
    backups_restore: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                backup: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    slug?: string;
                    name?: string;
                    /** @enum {string} */
                    isolation?: "schema" | "row" | "database";
                    placement?: string;
                    plan?: string;
                    /**
                     * @description It is suspended, and was never active: requests are not served, and schedules do not run its jobs.
                     * @default false
                     */
                    suspended?: boolean;
                    /** @description Whether contents that rows name go along, such as files. Default: true. */
                    contents?: boolean;
                    /** @description What of the tenant goes along that the catalog keeps. Default: all that both the backup and the application have. */
                    include?: ("settings" | "domains" | "members" | "overrides")[];
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    backups_prove: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string;
                "X-Reason"?: string;
            };
            path: {
                backup: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
        };
    };
    diffs_report: {
        parameters: {
            query?: {
                /** @description Names, separated by commas. Default: all. */
                tables?: string;
            };
            header?: never;
            path: {
                tenant: string;
                other: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Diff"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            429: components["responses"]["Problem429"];
        };
    };
    diffs_rows: {
        parameters: {
            query?: {
                /** @description Names, separated by commas. Default: all. */
                tables?: string;
                /** @description Says which rows differ, and not what they hold. */
                keysOnly?: boolean;
            };
            header?: never;
            path: {
                tenant: string;
                other: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            429: components["responses"]["Problem429"];
        };
    };
    journal_status: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Journal"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
        };
    };
    journal_enable: {
        parameters: {
            query?: never;
            header?: {
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Journal"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            429: components["responses"]["Problem429"];
        };
    };
    journal_disable: {
        parameters: {
            query?: never;
            header?: {
                "X-Reason"?: string;
            };
            path: {
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            429: components["responses"]["Problem429"];
        };
    };
    signInMethods_read: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInMethods"];
                };
            };
            400: components["responses"]["Problem400"];
            429: components["responses"]["Problem429"];
        };
    };
}
