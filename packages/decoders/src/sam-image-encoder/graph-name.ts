export const SAM_IMAGE_ENCODER_ID = 'sam-image-encoder';

/** Graph of one image in a bundle. */
export const SAM_ENCODE_GRAPH = `${SAM_IMAGE_ENCODER_ID}.encode`;
