import { type NameList, names } from './names.js';

/** pgvector to 0.8: vectors in, vectors and distances out. */
export const VECTOR_FUNCTIONS: Readonly<Record<string, NameList>> = {
  vector: names(`
    array_to_halfvec array_to_sparsevec array_to_vector avg binary_quantize cosine_distance halfvec halfvec_accum
    halfvec_add halfvec_avg halfvec_cmp halfvec_combine halfvec_concat halfvec_eq halfvec_ge halfvec_gt halfvec_in
    halfvec_l2_squared_distance halfvec_le halfvec_lt halfvec_mul halfvec_ne halfvec_negative_inner_product
    halfvec_out halfvec_send halfvec_spherical_distance halfvec_sub halfvec_to_float4 halfvec_to_sparsevec
    halfvec_to_vector halfvec_typmod_in hamming_distance inner_product jaccard_distance l1_distance l2_distance
    l2_norm l2_normalize sparsevec sparsevec_cmp sparsevec_eq sparsevec_ge sparsevec_gt sparsevec_in
    sparsevec_l2_squared_distance sparsevec_le sparsevec_lt sparsevec_ne sparsevec_negative_inner_product
    sparsevec_out sparsevec_send sparsevec_to_halfvec sparsevec_to_vector sparsevec_typmod_in subvector sum vector
    vector_accum vector_add vector_avg vector_cmp vector_combine vector_concat vector_dims vector_eq vector_ge
    vector_gt vector_in vector_l2_squared_distance vector_le vector_lt vector_mul vector_ne
    vector_negative_inner_product vector_norm vector_out vector_send vector_spherical_distance vector_sub
    vector_to_float4 vector_to_halfvec vector_to_sparsevec vector_typmod_in`),
};
