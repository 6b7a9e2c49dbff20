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
    "/operations/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follows an operation by server-sent events: `operation` at each change, until it has ended.
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
            kind: string;
            /** @enum {string} */
            state: "running" | "succeeded" | "failed" | "cancelled";
            tenantId: string | null;
            steps: {
                name: string;
                startedAt: string;
            }[];
            progress: {
                done: number;
                total: number;
                unit: string;
            } | null;
            result: unknown;
            error: string | null;
            actor: {
                type: string;
                id: string;
            } | null;
            isCancelRequested: boolean;
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
            features: string[];
        };
        MigratedHome: {
            /** @description The tenant's slug, `(rows)` or `(shared)`. */
            label: string;
            /** @enum {string} */
            state: "pending" | "done" | "failed" | "skipped";
            /** @description The migrations that ran, or will run. */
            names: string[];
            /** @description Why it failed. */
            error?: string;
            attempts: number;
            durationMs?: number;
            /** @description From 1; 0 for the shared tables. */
            wave: number;
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
             * @description Of the database that tenants share, of a replica of it, or of the database of one tenant.
             * @enum {string}
             */
            kind: "primary" | "replica" | "tenant";
            /** @description Of a pool of the kind `tenant`. */
            placement: string | null;
            /** @description Of a pool of the kind `tenant`. */
            tenantId: string | null;
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
                health?: "ok" | "behind" | "failed";
                unfinished?: string;
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
                        queue?: number | null;
                        statementTimeoutMs?: number | null;
                        idleInTransactionTimeoutMs?: number | null;
                        discardsPerSecond?: number | null;
                        resultBytes?: number | null;
                    };
                    quotas?: {
                        [key: string]: (number | "unlimited") | null;
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
                kind?: string;
                state?: "running" | "succeeded" | "failed" | "cancelled";
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
                quick?: string;
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
                    events?: ("tenant.created" | "tenant.updated" | "tenant.suspended" | "tenant.activated" | "tenant.archived" | "tenant.maintenance" | "tenant.deleted" | "tenant.restored" | "tenant.purged" | "tenant.failed" | "tenant.invited")[];
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
                    events?: ("tenant.created" | "tenant.updated" | "tenant.suspended" | "tenant.activated" | "tenant.archived" | "tenant.maintenance" | "tenant.deleted" | "tenant.restored" | "tenant.purged" | "tenant.failed" | "tenant.invited")[];
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
}
