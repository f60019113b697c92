/* SPDX-License-Identifier: Apache-2.0 */
/* console.MassLoss of an incident that gathers the losses of a network. No names, no addresses. */
#include "desk/internal.h"

struct desk_view_mass
{
    Larwm__Console__MassLoss mass;
    Larwm__Console__MassUnit units[LIMIT_MASS_LIST];
    Larwm__Console__MassUnit *pointers[LIMIT_MASS_LIST];
    char incidents[LIMIT_MASS_LIST][32];
    struct triage_mass_unit from[LIMIT_MASS_LIST];
};

Larwm__Console__MassLoss *
desk_view_mass(const struct desk *desk, const struct triage_incident *incident)
{
    static _Thread_local struct desk_view_mass view; /* with what it points to */
    if (!incident->mass) {
        return NULL;
    }
    larwm__console__mass_loss__init(&view.mass);
    view.mass.network = (char *)(uintptr_t)incident->network; /* nothing writes through it */
    view.mass.lost = incident->mass_lost;
    view.mass.late = incident->mass_late;
    view.mass.back = incident->mass_back;
    uint32_t count = triage_mass_units(desk->triage, incident, view.from, LIMIT_MASS_LIST);
    for (uint32_t i = 0; i < count; i++) {
        Larwm__Console__MassUnit *to = &view.units[i];
        larwm__console__mass_unit__init(to);
        to->unit = view.from[i].unit;
        to->risk = (Larwm__Risk)view.from[i].risk;
        to->kind = (Larwm__SignalKind)view.from[i].kind;
        to->down_us = view.from[i].down_us;
        to->last_seen_us = view.from[i].last_seen_us;
        if (view.from[i].incident != 0) {
            desk_reference(view.from[i].incident, view.incidents[i]);
            to->incident = view.incidents[i];
        }
        view.pointers[i] = to;
    }
    view.mass.n_units = count;
    view.mass.units = view.pointers;
    return &view.mass;
}
