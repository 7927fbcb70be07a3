/*
 * The permit of a switch-on in a circuit of a fleet, as a model that Spin searches whole: two agents, two PDUs, three tenures
 * of the first PDU, and any number of switch-ons.
 *
 * What must hold: once a newer owner of the circuit's first PDU has switched on in the circuit, by either PDU, no switch-on
 * that an older owner of the first PDU was permitted reaches either device. So one agent at a time switches on in the circuit.
 *
 * The names are those of the code: `OwnershipBook.Phase`, `OwnershipStore` (claim, confirm, release), `Holding.permit`,
 * `Holding.answered`, `Holding.close`, `TenureClock`, `WritePermit.isValid`, `SharedPDU.window`, `SharedPDU.margin`, and
 * `SharedPDU.writeTime`, which is D. A step is named as in `ownership.pml`, the model of one PDU.
 *
 * Each agent has a lane for each PDU. A switch-on in either lane needs the tenure of the first PDU: its transaction compares the
 * create revision of the first PDU's owner key and notes the first PDU's fence, and its permit is noted in the first PDU's
 * TenureClock. The two lanes do so at the same time, and the hand-over of the first PDU waits for neither of them.
 *
 * What may happen, at any point:
 * - etcd ends a lease, early or late, and the owner's key is gone. The agent hears of it soon, late, or never.
 * - A request to etcd is carried out late, or never, and an answer is lost, or comes late.
 * - An agent is frozen: it takes no step, and time goes on. Time waits for no agent here, so every agent may be frozen
 *   between any two of its steps, and for as long as it likes.
 * - Time goes on in ticks. The clock of agent 0 is slow: it may miss one tick out of WINDOW + 2.
 * - A request that left for a device arrives within a tick, or is lost.
 * - The first PDU is handed over, with a switch-on at any stage in either lane.
 * - What an owner before has told the first one here to wait is anything from 0 to D.
 *
 * Left out, as it is no worse than what is here:
 * - Who owns the second PDU. Here both agents may own it at once, and neither waits for it. In the code a switch-on there also
 *   compares the second PDU's key and waits for its fence, so that fewer of them are permitted. That no write of an older owner
 *   of the second PDU comes after a newer owner's is what `ownership.pml` has: in the code the second PDU's own key, fence and
 *   TenureClock are used as there, and the first PDU can only refuse what they permit.
 * - A write to the first PDU that is no switch-on. It has the same permit as a switch-on there.
 * - An answer to a claim that comes late: the wait begins later. A release that is carried out after its time was taken: it
 *   tells a longer wait than is needed.
 * - A transaction before a switch-on that is carried out or answered when the time of its permit is over. Nothing leaves by
 *   it, and the fence that it notes is as long as any. What it adds to the TenureClock is what a permit in time adds by which
 *   nothing was sent.
 * - A second try of a switch-on: the one here may leave at any time of its window. The next switch-on of a lane begins when
 *   the one before has arrived or is lost.
 *
 * Outside the model, and in docs/safety.md: a freeze between the look at the permit and the system call that sends; a network
 * that keeps a datagram for longer than the margin; clocks that differ by more than the margin. Outside the model too: the
 * time between two switch-ons that CircuitLimiter keeps, and a configuration that changes. All tenures here have one window,
 * which AgentPlan.shared gives to all PDUs of a bundle.
 *
 * `ownership-check` searches this, and once more with each safeguard taken out (WITHOUT_…), when Spin has to find a violation.
 */

#ifndef WINDOW
#define WINDOW 2        /* ticks in which a request of a permitted switch-on may leave */
#endif
#ifdef WITHOUT_MARGIN
#define MARGIN 0
#else
#define MARGIN 2        /* one for the slow clock, one for the way to the device */
#endif
#define D (WINDOW + MARGIN)
#ifndef TENURES
#define TENURES 3       /* of the first PDU, one after the other */
#endif

#define FIRST 0         /* the lane of the circuit's first PDU */
#define SECOND 1        /* the lane of the other PDU */

#define ABSENT 0        /* it does not believe that it owns the first PDU */
#define WAITING 1
#define OWNED 2         /* also while its lane finishes what it has begun */
#define RELEASING 3     /* Holding.close was called; the transaction that gives the first PDU up is on its way */

#define NOTHING 0
#define CONFIRMING 1    /* the transaction before the switch-on is on its way */
#define CONFIRMED 2     /* the transaction is made, and its answer is on its way */
#define PERMITTED 3     /* the driver may send */
#define SENT 4          /* on the way since this tick */
#define LATE 5          /* on the way since the last tick: it arrives before the next, or never */

#define NEVER 255       /* no write was permitted in this tenure, so what is noted of an earlier owner holds */

typedef Write {
    byte stage;
    byte epoch;         /* of the first PDU's tenure that allows it */
    byte left           /* by the agent's clock: ticks until begun + D, begun being the moment before the transaction */
};

typedef Agent {
    byte phase;         /* of the first PDU */
    byte epoch;         /* of the first PDU's tenure that it believes in */
    byte clock;         /* TenureClock of the first PDU. waiting: ticks until it may write; later: ticks until nothing of the
                           writes that have ended is on its way */
    Write writes[2]     /* one of each lane */
};

Agent agents[2];

/* etcd: the keys owner/PDU and fence/PDU of the first PDU */
byte ownerEpoch = 0;    /* the key's create revision; 0: no key */
byte ownerAgent = 0;
byte revision = 0;
byte fence = D;

byte newest = 0;        /* the newest epoch of the first PDU by which a switch-on has reached either device */
byte slowness = 0;      /* ticks until the slow clock may miss one again */

#define me agents[self]
#define mine me.writes[pdu]

#ifdef WITHOUT_WAIT
#define WAIT 0
#else
#define WAIT fence
#endif
#define IS_OVER(agent, pdu) (agents[agent].writes[pdu].left <= MARGIN)      /* begun + window has passed */
#ifdef WITHOUT_LOOK_AT_PERMIT
#define IS_VALID true
#define ENDS_IN_TIME(agent, pdu) (agents[agent].writes[pdu].stage < PERMITTED)
#else
#define IS_VALID !IS_OVER(self, pdu)    /* WritePermit.isValid */
#ifdef WITHOUT_COUNTING_FROM_BEFORE
#define ENDS_IN_TIME(agent, pdu) (agents[agent].writes[pdu].stage == PERMITTED)
#else
#define ENDS_IN_TIME(agent, pdu) (agents[agent].writes[pdu].stage <= PERMITTED)
#endif
#endif
#ifdef WITHOUT_MARGIN_AFTER_ANSWER
#define AFTER_ANSWER (pdu == SECOND -> 0 : MARGIN)
#else
#define AFTER_ANSWER MARGIN             /* TenureClock.answered */
#endif
/* Holding.permit: the first PDU's tenure has begun, and its holding is not closed */
#ifdef WITHOUT_WAIT_BEFORE_SECOND
#define MAY_ASK (me.phase == OWNED || (pdu == SECOND && me.phase == WAITING))
#else
#define MAY_ASK (me.phase == OWNED)
#endif
/* AgentPlan.shared: all PDUs of a bundle have one window. In its place, that of the second one is shorter by a tick */
#ifdef WITHOUT_ONE_WINDOW
#define WRITE_TIME (pdu == SECOND -> D - 1 : D)
#else
#define WRITE_TIME D
#endif
/* The transaction of a switch-on by the second PDU compares the create revision of the first PDU's key too */
#ifdef WITHOUT_COMPARING_FIRST
#define IS_OWNER (ownerEpoch == mine.epoch || pdu == SECOND)
#else
#define IS_OWNER (ownerEpoch == mine.epoch)
#endif
/* and notes the first PDU's fence */
#ifdef WITHOUT_NOTING_FIRST
#define NOTED (pdu == SECOND -> fence : D)
#else
#define NOTED WRITE_TIME
#endif
/* and its permit is one of the first PDU's tenure too, which gives none when it is closed */
#ifdef WITHOUT_ASKING_WHETHER_CLOSED
#define IS_OPEN ((MAY_ASK && me.epoch == mine.epoch) || pdu == SECOND)
#else
#define IS_OPEN (MAY_ASK && me.epoch == mine.epoch)
#endif
/* so that the release of the first PDU tells how long it may be on its way */
#ifdef WITHOUT_TELLING_OF_SECOND
#define IS_TOLD (pdu == FIRST)
#else
#define IS_TOLD true
#endif

#define IS_OF_TENURE(agent, pdu) \
    (agents[agent].phase == OWNED && agents[agent].writes[pdu].stage >= PERMITTED \
        && agents[agent].writes[pdu].epoch == agents[agent].epoch)

inline clear(agent, pdu) {
    agents[agent].writes[pdu].stage = NOTHING;
    agents[agent].writes[pdu].epoch = 0;
    agents[agent].writes[pdu].left = 0
}

/* TenureClock.note */
inline note(agent, pdu) {
    agents[agent].clock = (IS_OF_TENURE(agent, pdu) && IS_TOLD
        && (agents[agent].clock == NEVER || agents[agent].writes[pdu].left > agents[agent].clock)
        -> agents[agent].writes[pdu].left : agents[agent].clock)
}

/* What has left in a tenure that is closed or over tells nobody any more when it began */
inline unneeded(agent, pdu) {
    agents[agent].writes[pdu].left = (agents[agent].writes[pdu].stage >= SENT -> 0 : agents[agent].writes[pdu].left)
}

/* Nothing that was asked for in a tenure that is over is permitted any more */
inline refuse(agent, pdu) {
    if
    :: agents[agent].writes[pdu].stage < PERMITTED -> clear(agent, pdu)
    :: else
    fi
}

inline forget() {
    me.phase = ABSENT;
    me.epoch = 0;
    me.clock = 0;
    unneeded(self, FIRST);
    unneeded(self, SECOND);
    refuse(self, FIRST);
#ifndef WITHOUT_ASKING_WHETHER_CLOSED
    refuse(self, SECOND)
#endif
}

inline believe(tenure) {
    me.phase = WAITING;
    me.epoch = tenure;
    me.clock = WAIT
}

active [2] proctype Member() {
    byte self = _pid;
    do
    /* etcd ends this agent's lease */
    :: d_step { ownerEpoch != 0 && ownerAgent == self -> ownerEpoch = 0; ownerAgent = 0 }

    /* before the first claim here: an earlier owner has told a shorter wait */
    :: d_step { revision == 0 && fence > 0 -> fence-- }

    /* claim, and won */
    :: d_step { me.phase == ABSENT && ownerEpoch == 0 && revision < TENURES ->
        revision++;
        ownerEpoch = revision;
        ownerAgent = self;
        believe(ownerEpoch) }
    /* claim, and the answer is lost */
    :: d_step { me.phase == ABSENT && ownerEpoch == 0 && revision < TENURES ->
        revision++;
        ownerEpoch = revision;
        ownerAgent = self }
    /* claim again: an earlier try whose answer was lost has won */
    :: d_step { me.phase == ABSENT && ownerEpoch != 0 && ownerAgent == self -> believe(ownerEpoch) }

    /* begin */
    :: d_step { me.phase == WAITING && me.clock == 0 -> me.phase = OWNED; me.clock = NEVER }

    /* lostLease, disproved by a transaction or the watch, or doubted: soon, late, or never */
    :: d_step { (me.phase == WAITING || me.phase == OWNED) && me.epoch != ownerEpoch -> forget() }

    /* handOver, with empty lanes or with writes under way; Holding.close, and release */
    :: d_step { me.phase == WAITING -> me.clock = NEVER; me.phase = RELEASING }
    :: d_step { me.phase == OWNED ->
        note(self, FIRST);
        note(self, SECOND);
        me.phase = RELEASING;
        unneeded(self, FIRST);
        unneeded(self, SECOND) }
    :: d_step { me.phase == RELEASING && ownerEpoch == me.epoch ->
        ownerEpoch = 0;
        ownerAgent = 0;
        fence = (me.clock == NEVER -> fence : me.clock);
        forget() }
    /* the same, and the answer is lost: it is asked again and finds nothing, as an owner that is none any more */
    :: d_step { me.phase == RELEASING && ownerEpoch != me.epoch -> forget() }
    od
}

active [4] proctype Lane() {
    byte self = (_pid - 2) / 2;
    byte pdu = _pid % 2;
    do
    /* Holding.permit: the time is taken, then the transaction begins */
    :: d_step { mine.stage == NOTHING && MAY_ASK ->
        mine.stage = CONFIRMING;
        mine.epoch = me.epoch;
        mine.left = WRITE_TIME }
    /* confirm: this agent owns the first PDU, and the fence is noted */
    :: d_step { mine.stage == CONFIRMING && IS_OWNER -> fence = NOTED; mine.stage = CONFIRMED }
    /* its answer: the permit counts from before the transaction, however late it comes */
    :: d_step { mine.stage == CONFIRMED && IS_OPEN ->
#ifdef WITHOUT_COUNTING_FROM_BEFORE
        mine.left = D;
#endif
        mine.stage = PERMITTED }
    /* the answer is lost: no_quorum. Or the holding of the first PDU is closed: foreign */
    :: d_step { mine.stage == CONFIRMED -> clear(self, pdu) }
    /* the request is lost: no_quorum. Or the first PDU is another agent's: foreign */
    :: d_step { mine.stage == CONFIRMING -> clear(self, pdu) }

    /* the driver: the look at the permit and the sending are one step */
    :: d_step { mine.stage == PERMITTED && IS_VALID ->
        mine.stage = SENT;
        mine.left = (IS_OF_TENURE(self, pdu) -> mine.left : 0) }
    :: d_step { mine.stage == PERMITTED -> note(self, pdu); clear(self, pdu) }
    /* Holding.answered: nothing of the write leaves any more. A copy that left before may still be on its way */
    :: d_step { mine.stage >= SENT && IS_OF_TENURE(self, pdu) && mine.left > AFTER_ANSWER -> mine.left = AFTER_ANSWER }

    /* the device */
    :: atomic { mine.stage >= SENT ->
        assert(mine.epoch >= newest);
        d_step { newest = mine.epoch; note(self, pdu); clear(self, pdu) } }
    :: d_step { mine.stage >= SENT -> note(self, pdu); clear(self, pdu) }
    od
}

#define HAS_ARRIVED(agent) (agents[agent].writes[FIRST].stage != LATE && agents[agent].writes[SECOND].stage != LATE)

/* A switch-on that has not left by begun + window does not leave any more, and its lane goes on */
inline passOf(agent, pdu) {
    agents[agent].writes[pdu].left = (agents[agent].writes[pdu].left > 0 -> agents[agent].writes[pdu].left - 1 : 0);
    if
    :: agents[agent].writes[pdu].stage != NOTHING && ENDS_IN_TIME(agent, pdu) && IS_OVER(agent, pdu) ->
        note(agent, pdu);
        clear(agent, pdu)
    :: else
    fi
}

inline pass(agent) {
    agents[agent].clock = (agents[agent].clock > 0 && agents[agent].clock != NEVER
        -> agents[agent].clock - 1 : agents[agent].clock);
    passOf(agent, FIRST);
    passOf(agent, SECOND)
}

inline travelOf(agent, pdu) {
    agents[agent].writes[pdu].stage = (agents[agent].writes[pdu].stage == SENT -> LATE : agents[agent].writes[pdu].stage)
}

inline travel(agent) {
    travelOf(agent, FIRST);
    travelOf(agent, SECOND)
}

active proctype Time() {
    do
    :: d_step { HAS_ARRIVED(0) && HAS_ARRIVED(1) ->
        pass(0); pass(1);
        travel(0); travel(1);
        slowness = (slowness > 0 -> slowness - 1 : 0) }
    /* the slow clock misses a tick */
    :: d_step { HAS_ARRIVED(0) && HAS_ARRIVED(1) && slowness == 0 ->
        slowness = WINDOW + 1;
        pass(1);
        travel(0); travel(1) }
    od
}
