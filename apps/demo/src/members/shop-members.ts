/** Who works in a shop. */
export const shopMembers = { roles: ['owner', 'staff'], ownerRole: 'owner' };
