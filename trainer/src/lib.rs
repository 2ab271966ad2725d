//! The procedural world and the training loops, from which the starter model will come.
//! Nothing of it is written yet; the folder holds its place in the house, and its arrows are tested.
