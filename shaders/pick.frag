// Where the surface is and whose it is: site position, and the slot as a whole number. A cut face lies where it is cut.
#ifdef MASKED
#include "materials.glsl"
flat in uint material_row;
#endif
#ifdef CUT
#include "sections.glsl"
#endif
centroid in vec3 site;
flat in uint slot;
out vec4 hit;

void main() {
#ifdef MASKED
    cut_holes(material_row);
#endif
    hit = vec4(site, float(slot));
#ifdef CUT
    if (is_cut_away(site, slot)) discard;
    if (!gl_FrontFacing && slot != 0u) {
        vec4 entry = way_in(site);
        if (is_cut_face(entry, slot)) hit.xyz = entry.xyz;
        else if (both_sides < 0.5) discard;
    }
#endif
}
