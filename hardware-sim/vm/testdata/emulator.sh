#!/bin/sh
# Stands for QEMU: files 3 to 6 are the guest's out, err, report and console.
eval "$EMULATED"
