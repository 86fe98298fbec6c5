/**
 * What a model can be opened on and in. Apart from what opens it, which takes a tenth of a second to load.
 * @module
 */

export { DEVICES, type Device } from "../onnx/session.ts";
export { CONVERTED, type Converted, PRECISIONS, type Precision } from "../timesfm/precision.ts";
