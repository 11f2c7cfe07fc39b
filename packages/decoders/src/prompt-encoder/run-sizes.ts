/** Points and boxes that one run of a graph takes; more are cut into several runs. */
export const POINTS_PER_RUN = 16;
export const BOXES_PER_RUN = 16;
