/** Who works in a shop. */
export const shopMembers = { roles: ['owner', 'clerk'], ownerRole: 'owner' };
