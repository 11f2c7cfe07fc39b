// Kernels of tfjs that can be recorded: what its machinery needs, and operations that programs call directly.
import './machinery.js';
import './elementwise.js';
import './reduce.js';
import './shape.js';
import './matrix.js';
import './convolution.js';
