"""Asks a BMW's telematics unit for its ICCID: python-can over slcan, ISO 15765-2 by hand.

usage: iccid.py CHANNEL; prints the answer in hex
"""
import sys
import time

import can

TESTER, UNIT = 0x6F1, 0x661  # extended addressing: the unit is 61 behind 6F1, the tester F1 behind 661


def answer(bus, limit):
    """The next frame of the unit for us, without its address byte."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        frame = bus.recv(timeout=0.1)
        if frame is not None and frame.arbitration_id == UNIT and frame.data[0] == 0xF1:
            return frame.data[1:]
    sys.exit("no answer")


def say(bus, *data):
    bus.send(can.Message(arbitration_id=TESTER, is_extended_id=False, data=bytes([0x61, *data])))


def main():
    bus = can.Bus(interface="slcan", channel=sys.argv[1], bitrate=500000, sleep_after_open=0)
    try:
        print(*bus.get_version(5), bus.get_serial_number(5))
        say(bus, 0x03, 0x22, 0xD0, 0x5A)
        first = answer(bus, 10)
        while first[:4] == b"\x03\x7f\x22\x78":  # wait, the answer follows
            first = answer(bus, 10)
        if first[0] >> 4 != 1:
            sys.exit(f"no first frame: {first.hex()}")
        length = (first[0] & 0xF) << 8 | first[1]
        message = first[2:]
        say(bus, 0x30, 0, 0)
        turn = 1
        while len(message) < length:
            part = answer(bus, 10)
            if part[0] != 0x20 | turn & 0xF:
                sys.exit(f"not consecutive frame {turn}: {part.hex()}")
            message += part[1:]
            turn += 1
        print(message[:length].hex().upper())
    finally:
        bus.shutdown()


main()
