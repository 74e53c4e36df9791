// SPDX-License-Identifier: MIT
// What the loader and the C library cost a static program: linked like early-bind, does nothing.
int main() {}
