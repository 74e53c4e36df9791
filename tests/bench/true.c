/* SPDX-License-Identifier: MIT */
/* The least that a static C program can be. */
int main(void) {
    return 0;
}
