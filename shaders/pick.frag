// Where the surface is and whose it is: site position, and the slot as a whole number.
#ifdef MASKED
#include "materials.glsl"
flat in uint material_row;
#endif
centroid in vec3 site;
flat in uint slot;
out vec4 hit;

void main() {
#ifdef MASKED
    cut_holes(material_row);
#endif
    hit = vec4(site, float(slot));
}
